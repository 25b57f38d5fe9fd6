namespace TorchSharp.Polyfill.Tests;

public class DisposeScopeTests
{
    private static LifetimeStatistics Statistics => DisposeScopeManager.Statistics.TensorStatistics;

    [Fact]
    public void A_scope_disposes_what_was_made_in_it()
    {
        var before = ones(1);
        Tensor within;
        using (var scope = NewDisposeScope()) {
            within = ones(1);
            Assert.Equal(1, scope.DisposablesCount);
            Assert.True(scope.Contains(within));
            Assert.False(scope.Contains(before));
        }
        Assert.True(within.IsInvalid);
        Assert.False(before.IsInvalid);
        before.Dispose();
    }

    [Fact]
    public void A_tensor_belongs_to_the_innermost_scope()
    {
        using var outer = NewDisposeScope();
        Assert.Same(outer, CurrentDisposeScope);
        Tensor inOuter;
        using (var inner = NewDisposeScope()) {
            inOuter = ones(1).MoveToOuterDisposeScope();
            var temporary = ones(1);
            Assert.Equal((1, 1), (inner.DisposablesCount, outer.DisposablesCount));
            Assert.NotNull(temporary);
        }
        Assert.False(inOuter.IsInvalid);
        Assert.Equal([inOuter], outer.DisposablesView);
        outer.DisposeEverything();
        Assert.True(inOuter.IsInvalid);
    }

    [Fact]
    public void Tensors_leave_scopes_and_come_back()
    {
        Tensor detached, moved, kept;
        using (var outer = NewDisposeScope()) {
            using (var inner = NewDisposeScope()) {
                detached = ones(1).DetachFromDisposeScope();
                (moved, kept) = inner.MoveToOuter(ones(1), ones(1));
                Assert.Equal(0, inner.DisposablesCount);
                inner.Attach(detached);
                Assert.Equal(1, inner.DisposablesCount);
                inner.Detach(detached);
                ones(1).MoveToOtherDisposeScope(outer);
                ones(1).MoveToOtherDisposeScope(moved);
            }
            Assert.Equal(4, outer.DisposablesCount);
            outer.DisposeEverythingBut(kept);
            Assert.True(moved.IsInvalid);
            Assert.Equal(kept, outer.Detach(kept));
        }
        Assert.False(kept.IsInvalid);
        Assert.False(detached.IsInvalid);
        kept.Dispose();
        detached.Dispose();
    }

    [Fact]
    public void Moving_out_of_the_outermost_scope_detaches()
    {
        Tensor x;
        using (NewDisposeScope()) x = ones(1).MoveToOuterDisposeScope();
        Assert.False(x.IsInvalid);
        x.Dispose();
    }

    [Fact]
    public void Scopes_may_be_disposed_out_of_order()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        Assert.Same(inner, CurrentDisposeScope);
        inner.Dispose();
        inner.Dispose();
        Assert.Null(CurrentDisposeScope);
        Assert.Throws<ObjectDisposedException>(() => inner.DisposablesCount);
    }

    [Fact]
    public void A_wrapped_expression_keeps_its_result_alone()
    {
        var live = Statistics.ThreadTotalLiveCount;
        using (var result = WrappedTensorDisposeScope(() => (ones(2) + 1) * 3)) {
            Expect.Values([6, 6], result);
            Assert.Equal(live + 1, Statistics.ThreadTotalLiveCount);
        }
        Assert.Equal(live, Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Statistics_count_every_birth_and_end_of_the_thread()
    {
        Statistics.Reset();
        var outside = ones(1);
        using (var scope = NewDisposeScope()) {
            var inside = ones(1);
            inside.Dispose();
            _ = ones(1);
            scope.Attach(outside);
            ones(1).DetachFromDisposeScope().Dispose();
        }
        Assert.Equal((1, 3), (Statistics.CreatedOutsideScopeCount, Statistics.CreatedInScopeCount));
        Assert.Equal((1, 3), (Statistics.DisposedOutsideScopeCount, Statistics.DisposedInScopeCount));
        Assert.Equal((1, 1), (Statistics.AttachedToScopeCount, Statistics.DetachedFromScopeCount));
        Assert.Equal(0, Statistics.ThreadTotalLiveCount);
        Assert.True(outside.IsInvalid);
        Assert.StartsWith("ThreadTotalLiveCount: 0; CreatedOutsideScopeCount: 1;", Statistics.ToString());
    }

    [Fact]
    public void A_parameter_takes_its_tensors_place_in_the_scope()
    {
        using var scope = NewDisposeScope();
        var data = ones(2);
        var parameter = nn.Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.True(parameter.requires_grad);
        Assert.Equal([parameter], scope.DisposablesView);
        Assert.False(nn.Parameter(ones(2), requires_grad: false).requires_grad);
        Assert.True(ones(2).AsParameter().is_leaf);
    }

    [Fact]
    public void Scopes_of_other_threads_do_not_interfere()
    {
        using var scope = NewDisposeScope();
        var thread = new Thread(() => {
            using var x = ones(1);
            Assert.Null(CurrentDisposeScope);
        });
        thread.Start();
        thread.Join();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Tensors_nobody_disposed_are_finalized()
    {
        var before = Tensor.TotalCount;
        Abandon();
        for (var i = 0; i < 10 && Tensor.TotalCount > before; i++) {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.True(Tensor.TotalCount <= before, $"{Tensor.TotalCount} tensors live, {before} before");

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Abandon()
        {
            for (var i = 0; i < 100; i++) _ = ones(1);
        }
    }

    [Fact]
    public void An_alias_outlives_the_tensor_it_came_from()
    {
        var x = ones(2);
        var alias = x.alias();
        x.Dispose();
        Expect.Values([1, 1], alias);
        alias.Dispose();
    }
}
