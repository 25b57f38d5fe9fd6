// Uses libtorch once, prints what comes of it and ends with 0, or with 3 after an exception.
try {
    using var ones = torch.ones(2, 3);
    using var total = ones.sum();
    Console.WriteLine(total.ToSingle());
    return 0;
} catch (Exception e) {
    Console.WriteLine($"{e.GetType().Name}: {e.Message}");
    return 3;
}
