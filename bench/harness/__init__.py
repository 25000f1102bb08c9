"""What benchmarks share: rows of figures, and rounds that are measured and summed up alike."""
