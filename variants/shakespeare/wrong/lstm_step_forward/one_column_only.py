# caught by: lstm_step_forward_takes_many_samples
"""You flatten what comes in into a single column, so your step works for one sample only. Stack the arrays as they are:
each column is a sample.
"""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev.reshape(-1, 1), x.reshape(-1, 1)])
    forget = sigmoid(parameters["Wf"] @ v + parameters["bf"])
    update = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    output = sigmoid(parameters["Wo"] @ v + parameters["bo"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"])
    c_next = forget * c_prev + update * candidate
    return output * np.tanh(c_next), c_next
