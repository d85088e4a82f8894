"""Each weight is split into the part for the state and the part for the input; nothing is stacked."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    n_a = a_prev.shape[0]

    def score(gate):
        W = parameters["W" + gate]
        return W[:, :n_a].dot(a_prev) + W[:, n_a:].dot(x) + parameters["b" + gate]

    c_next = sigmoid(score("f")) * c_prev + sigmoid(score("u")) * np.tanh(score("c"))
    a_next = sigmoid(score("o")) * np.tanh(c_next)
    return a_next, c_next
