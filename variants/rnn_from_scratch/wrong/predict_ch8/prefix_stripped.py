# caught by: predict_ch8_returns_the_text
"""You take the blanks off the prefix. The text begins with the prefix as it was given."""


# GRADED FUNCTION: predict_ch8
def predict_ch8(prefix, num_preds, net, vocab, device):
    state = net.begin_state(batch_size=1, device=device)
    indices = [vocab[character] for character in prefix]
    for index in indices[:-1]:
        _, state = net(torch.tensor([[index]], device=device), state)
    for _ in range(num_preds):
        outputs, state = net(torch.tensor([[indices[-1]]], device=device), state)
        indices.append(int(outputs.argmax(dim=1)))
    return prefix.strip() + "".join(vocab.to_tokens(index) for index in indices[len(prefix) :])
