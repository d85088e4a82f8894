"""Feeds in each predicted character at once, the last one included, so it makes one call more than it needs."""


# GRADED FUNCTION: predict_ch8
def predict_ch8(prefix, num_preds, net, vocab, device):
    state = net.begin_state(1, device)
    for character in prefix:
        Y, state = net(torch.tensor([[vocab[character]]]).to(device), state)
    added = []
    while len(added) < num_preds:
        index = Y.argmax().item()
        added.append(vocab.to_tokens(index))
        Y, state = net(torch.tensor([[index]]).to(device), state)
    return prefix + "".join(added)
