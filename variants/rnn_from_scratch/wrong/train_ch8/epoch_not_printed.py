# caught by: train_ch8_reports_every_ten_epochs
"""Your report does not say after which epoch it comes."""


# GRADED FUNCTION: train_ch8
def train_ch8(net, train_iter, vocab, lr, num_epochs, device, use_random_iter=False):
    loss = nn.CrossEntropyLoss()
    updater = torch.optim.SGD(net.parameters() if isinstance(net, nn.Module) else net.params, lr=lr)
    perplexities = []
    for epoch in range(1, num_epochs + 1):
        perplexity, speed = train_epoch_ch8(net, train_iter, loss, updater, device, use_random_iter)
        perplexities.append(perplexity)
        if epoch % 10 == 0:
            print(f"perplexity {perplexity:.3f}, {speed:.1f} tokens per second")
            print(predict_ch8("time traveller", 50, net, vocab, device))
    return perplexities
