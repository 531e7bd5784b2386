"""One file a job; each has `measured(size, rounds)`, and 0 means the job's own figure."""
