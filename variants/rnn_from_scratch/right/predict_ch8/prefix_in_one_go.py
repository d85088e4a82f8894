"""Reads the prefix in one call of many steps, and takes the outputs of the last one."""


# GRADED FUNCTION: predict_ch8
def predict_ch8(prefix, num_preds, net, vocab, device):
    state = net.begin_state(1, device)
    X = torch.tensor([vocab[list(prefix)]], device=device)
    text = prefix
    with torch.no_grad():
        for _ in range(num_preds):
            Y, state = net(X, state)
            X = torch.argmax(torch.softmax(Y[-1:], dim=-1), dim=-1, keepdim=True)
            text += vocab.to_tokens(int(X))
    return text
