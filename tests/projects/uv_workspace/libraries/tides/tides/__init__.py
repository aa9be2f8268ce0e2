HIGH = "high"
