# caught by: predict_ch8_warms_up_over_the_prefix, predict_ch8_feeds_back_the_likeliest
"""You read the last character of the prefix in the warm-up and once more when you predict."""


# GRADED FUNCTION: predict_ch8
def predict_ch8(prefix, num_preds, net, vocab, device):
    state = net.begin_state(batch_size=1, device=device)
    indices = [vocab[character] for character in prefix]
    for index in list(indices):
        _, state = net(torch.tensor([[index]], device=device), state)
    for _ in range(num_preds):
        outputs, state = net(torch.tensor([[indices[-1]]], device=device), state)
        indices.append(int(outputs.argmax(dim=1)))
    return prefix + "".join(vocab.to_tokens(index) for index in indices[len(prefix) :])
