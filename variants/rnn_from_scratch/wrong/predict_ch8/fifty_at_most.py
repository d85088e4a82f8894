# caught by: predict_ch8_returns_the_text
"""You stop after 50 characters. How many there are to be is num_preds."""


# GRADED FUNCTION: predict_ch8
def predict_ch8(prefix, num_preds, net, vocab, device):
    state = net.begin_state(batch_size=1, device=device)
    indices = [vocab[character] for character in prefix]
    for index in indices[:-1]:
        _, state = net(torch.tensor([[index]], device=device), state)
    for _ in range(min(num_preds, 50)):
        outputs, state = net(torch.tensor([[indices[-1]]], device=device), state)
        indices.append(int(outputs.argmax(dim=1)))
    return prefix + "".join(vocab.to_tokens(index) for index in indices[len(prefix) :])
