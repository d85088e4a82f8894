# caught by: lstm_step_forward_takes_many_samples
"""You make room for a single sample when you put state and input together, so more columns do not fit. The second size
of x says how many there are.
"""


# GRADED FUNCTION: lstm_step_forward
def lstm_step_forward(x, a_prev, c_prev, parameters):
    n_a, n_x = a_prev.shape[0], x.shape[0]
    concat = np.zeros((n_a + n_x, 1))
    concat[:n_a] = a_prev
    concat[n_a:] = x
    ft, ut, ot = (sigmoid(parameters["W" + gate] @ concat + parameters["b" + gate]) for gate in "fuo")
    cct = np.tanh(parameters["Wc"] @ concat + parameters["bc"])
    c_next = ft * c_prev + ut * cct
    return ot * np.tanh(c_next), c_next
