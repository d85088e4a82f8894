# caught by: lstm_step_forward_takes_many_samples
"""You average the candidate over the samples, so all poems share one memory. No sample may see another one."""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    v = np.concatenate([a_prev, x])
    forget = sigmoid(parameters["Wf"] @ v + parameters["bf"])
    update = sigmoid(parameters["Wu"] @ v + parameters["bu"])
    output = sigmoid(parameters["Wo"] @ v + parameters["bo"])
    candidate = np.tanh(parameters["Wc"] @ v + parameters["bc"]).mean(axis=1, keepdims=True)
    c_next = forget * c_prev + update * candidate
    return output * np.tanh(c_next), c_next
