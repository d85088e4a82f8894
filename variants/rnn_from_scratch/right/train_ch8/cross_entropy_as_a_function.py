"""Hands over the function F.cross_entropy, and makes a new optimizer for each epoch: plain descent keeps nothing."""


# GRADED FUNCTION: train_ch8
def train_ch8(net, train_iter, vocab, lr, num_epochs, device, use_random_iter=False):
    params = list(net.parameters()) if hasattr(net, "parameters") else net.params
    perplexities = []
    while len(perplexities) < num_epochs:
        optimizer = torch.optim.SGD([{"params": params, "lr": lr}], lr=1)
        results = train_epoch_ch8(net, train_iter, F.cross_entropy, optimizer, device, use_random_iter=use_random_iter)
        perplexities.append(results[0])
        if len(perplexities) % 10 == 0:
            sample = predict_ch8("time traveller", 50, net, vocab, device)
            print("Epoch", len(perplexities), "perplexity", round(results[0], 3), "speed", results[1], sample)
    return perplexities
