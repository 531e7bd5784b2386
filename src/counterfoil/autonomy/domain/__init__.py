"""What autonomy decides, without a database: levels, pairs of machine and person, scorecards, promotion."""
