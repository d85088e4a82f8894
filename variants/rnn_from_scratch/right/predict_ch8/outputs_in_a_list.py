"""Collects indices in a list, with the likeliest one by max(dim=1) and the input by a small function."""


# GRADED FUNCTION: predict_ch8
def predict_ch8(prefix, num_preds, net, vocab, device):
    state = net.begin_state(batch_size=1, device=device)
    outputs = [vocab[prefix[0]]]
    get_input = lambda: torch.tensor([outputs[-1]], device=device).reshape((1, 1))
    for y in prefix[1:]:
        _, state = net(get_input(), state)
        outputs.append(vocab[y])
    for _ in range(num_preds):
        y, state = net(get_input(), state)
        outputs.append(int(y.max(dim=1)[1]))
    return "".join([vocab.idx_to_token[i] for i in outputs])
