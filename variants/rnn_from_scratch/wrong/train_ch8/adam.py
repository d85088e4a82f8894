# caught by: train_ch8_descends_with_lr
"""You take another optimizer. Stochastic gradient descent is wanted: torch.optim.SGD."""


# GRADED FUNCTION: train_ch8
def train_ch8(net, train_iter, vocab, lr, num_epochs, device, use_random_iter=False):
    loss = nn.CrossEntropyLoss()
    updater = torch.optim.Adam(net.parameters() if isinstance(net, nn.Module) else net.params, lr=lr)
    perplexities = []
    for epoch in range(1, num_epochs + 1):
        perplexity, speed = train_epoch_ch8(net, train_iter, loss, updater, device, use_random_iter)
        perplexities.append(perplexity)
        if epoch % 10 == 0:
            print(f"epoch {epoch}, perplexity {perplexity:.2f}, {speed:,.0f} tokens/s")
            print("   ", predict_ch8("time traveller", 50, net, vocab, device))
    return perplexities
