"""It makes every window with stride 1, and then takes every stride-th of them."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    windows = [text[i : i + Tx + 1] for i in range(len(text) - Tx)]
    kept = windows[::stride]
    return [window[:-1] for window in kept], [window[-1] for window in kept]
