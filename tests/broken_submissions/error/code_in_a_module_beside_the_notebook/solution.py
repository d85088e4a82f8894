def scale(values, factor):
    values *= factor
    return values
