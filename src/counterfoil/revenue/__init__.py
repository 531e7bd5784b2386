"""When revenue is earned: schedules for what was promised, released from the contract position."""
