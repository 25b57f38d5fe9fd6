// Workers of one test would wait for processors that those of another have.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
