"""What every folder stands on: errors, results, records, keys, precision, jets, protocols."""
