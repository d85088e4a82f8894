"""All four weights are stacked, multiplied once and split again, as PyTorch does it."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    gates = ["f", "u", "o", "c"]
    W = np.vstack([parameters["W" + gate] for gate in gates])
    b = np.vstack([parameters["b" + gate] for gate in gates])
    f, u, o, c = np.split(W @ np.vstack([a_prev, x]) + b, 4)
    cell = sigmoid(u) * np.tanh(c)
    cell += sigmoid(f) * c_prev
    return sigmoid(o) * np.tanh(cell), cell
