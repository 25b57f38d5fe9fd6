using TorchSharp.Modules;

namespace TorchSharp.Polyfill.Tests;

public class ModuleTests
{
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly Linear up;
        private readonly Linear down;
        private readonly Parameter scale;
        private readonly Tensor steps;

        public Block(string name) : base(name)
        {
            up = nn.Linear(2, 3, hasBias: false);
            down = nn.Linear(3, 2);
            scale = nn.Parameter(ones(2));
            steps = zeros(1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => down.call(up.call(input).tanh()) * scale + steps;
    }

    private sealed class Stack : nn.Module<Tensor, Tensor>
    {
        private readonly Embedding embed = nn.Embedding(5, 2);
        private readonly ModuleList<Block> blocks = new(new Block("first"), new Block("second"));
        private readonly Dropout dropout = nn.Dropout(0.5);

        public Stack() : base(nameof(Stack)) => RegisterComponents();

        public override Tensor forward(Tensor input) => dropout.call(blocks.Aggregate(embed.call(input), (x, block) => block.call(x)));
    }

    [Fact]
    public void Names_follow_fields_and_lists()
    {
        using var model = new Stack();
        string[] ofBlock = ["scale", "up.weight", "down.weight", "down.bias"];
        var ofBlocks = from i in Enumerable.Range(0, 2) from name in ofBlock select $"blocks.{i}.{name}";
        Assert.Equal(ofBlocks.Prepend("embed.weight"), model.named_parameters().Select(named => named.name));
        Assert.Equal(["blocks.0.steps", "blocks.1.steps"], model.named_buffers().Select(named => named.name));
        Assert.Equal(["embed", "blocks", "dropout"], model.named_children().Select(named => named.name));
        Assert.Contains("blocks.1.down", model.named_modules().Select(named => named.name));
        Assert.Equal(9, model.parameters().Count());
        Assert.Equal(11, model.state_dict().Count);
        Assert.Equal("Stack", model.GetName());
        Assert.NotNull(model.get_parameter("blocks.1.down.bias"));
        Assert.True(model.has_buffer("blocks.0.steps"));
        Assert.False(model.has_parameter("blocks.2.scale"));
    }

    [Fact]
    public void State_goes_from_one_model_to_another()
    {
        using var scope = NewDisposeScope();
        using var from = new Stack();
        using var to = new Stack();
        from.eval();
        to.eval();
        var input = tensor(new[] { 0L, 4, 2 });
        Assert.False(from.call(input).allclose(to.call(input)));
        var (missing, unexpected) = to.load_state_dict(from.state_dict());
        Assert.Empty(missing.Concat(unexpected));
        Assert.True(from.call(input).allclose(to.call(input)));

        var partial = from.state_dict();
        partial.Remove("embed.weight");
        partial["extra"] = ones(1);
        Assert.Throws<InvalidOperationException>(() => to.load_state_dict(partial));
        (missing, unexpected) = to.load_state_dict(partial, strict: false);
        Assert.Equal(("embed.weight", "extra"), (missing.Single(), unexpected.Single()));
        to.load_state_dict(partial, skip: ["embed.weight", "extra"]);
    }

    [Fact]
    public void Training_and_evaluation_reach_every_part()
    {
        using var scope = NewDisposeScope();
        using var model = new Stack();
        Assert.True(model.modules().All(module => module.training));
        model.eval();
        Assert.DoesNotContain(model.modules(), module => module.training);
        using var dropout = nn.Dropout(0.5);
        var kept = dropout.call(ones(1000));
        Assert.InRange((kept == 0).@float().mean().ToSingle(), 0.4, 0.6);
        Expect.Values([2], kept.max());
        dropout.eval();
        Expect.Values([1, 1], dropout.call(ones(2)));
    }

    [Fact]
    public void Gradients_of_a_model_are_cleared()
    {
        using var scope = NewDisposeScope();
        using var model = new Stack();
        model.call(tensor(new[] { 1L, 2 })).sum().backward();
        Assert.All(model.parameters(), parameter => Assert.NotNull(parameter.grad));
        model.zero_grad(set_to_none: false);
        Assert.All(model.parameters(), parameter => Assert.Equal(0, parameter.grad!.abs().sum().ToSingle()));
        model.zero_grad();
        Assert.All(model.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void A_model_changes_its_type_as_a_whole()
    {
        using var scope = NewDisposeScope();
        using var model = new Stack();
        Assert.Same(model, model.to(bfloat16));
        Assert.All(model.parameters(), parameter => Assert.Equal(bfloat16, parameter.dtype));
        Assert.All(model.buffers(), buffer => Assert.Equal(bfloat16, buffer.dtype));
        Assert.All(model.parameters(), parameter => Assert.True(parameter.is_leaf && parameter.requires_grad));
        Assert.Equal(bfloat16, model.call(tensor(new[] { 1L })).dtype);
        Assert.Throws<ArgumentException>(() => model.to(int64));
        Assert.Same(model, model.cpu().to(DeviceType.CPU));
    }

    [Fact]
    public void Parameters_of_a_linear_layer_can_be_replaced()
    {
        using var scope = NewDisposeScope();
        var layer = nn.Linear(2, 2);
        layer.weight = nn.Parameter(tensor(new[] { 1f, 2, 3, 4 }, 2, 2), requires_grad: false);
        layer.bias = nn.Parameter(tensor(new[] { 10f, 20 }));
        Expect.Values([15, 31], layer.call(tensor(new[] { 1f, 2 })));
        Assert.Equal(["weight", "bias"], layer.named_parameters().Select(named => named.name));
        Assert.False(layer.parameters().First().requires_grad);
        Assert.Equal((2L, 2L), (layer.in_features, layer.out_features));
        Assert.Null(nn.Linear(2, 2, hasBias: false).bias);
        layer.Dispose();
    }

    [Fact]
    public void Parameters_of_a_linear_layer_outlive_the_scope_it_was_made_in()
    {
        Linear layer;
        using (NewDisposeScope()) layer = nn.Linear(2, 3);
        Assert.False(layer.weight.IsInvalid);
        var weight = layer.weight;
        layer.Dispose();
        Assert.True(weight.IsInvalid);
    }

    [Fact]
    public void An_embedding_looks_rows_up_and_gathers_their_gradients()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Embedding_from_pretrained(tensor(new[] { 1f, 2, 3, 4, 5, 6 }, 3, 2), freeze: false);
        var output = layer.call(tensor(new[] { 2L, 0, 2 }));
        Expect.Values([5, 6, 1, 2, 5, 6], output);
        output.sum().backward();
        Expect.Values([1, 1, 0, 0, 2, 2], layer.weight!.grad!);
        layer.weight = nn.Parameter(zeros(3, 2));
        Expect.Values([0, 0], layer.call(tensor(new[] { 1L })));
    }

    [Fact]
    public void An_embedding_keeps_its_parameter_when_its_type_changes()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Embedding(3, 2, padding_idx: 1);
        var parameter = layer.parameters().Single();
        Expect.Values([0, 0], layer.call(tensor(new[] { 1L })));
        layer.to(float64);
        Assert.Same(parameter, layer.parameters().Single());
        Assert.Equal((float64, float64), (parameter.dtype, layer.weight!.dtype));
        layer.call(tensor(new[] { 0L, 1 })).sum().backward();
        Expect.Values([1, 1, 0, 0, 0, 0], parameter.grad!);
        Assert.Equal(float64, parameter.grad!.dtype);
    }

    [Fact]
    public void Looking_at_an_embeddings_weight_leaves_nothing_behind()
    {
        using var layer = nn.Embedding(3, 2);
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
            for (var i = 0; i < 10; i++) layer.call(tensor(new[] { 1L })).add_(layer.weight!.sum());
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Registering_checks_names()
    {
        using var scope = NewDisposeScope();
        using var model = new Stack();
        using var part = nn.Linear(1, 1);
        Assert.Throws<ArgumentException>(() => model.register_module("a.b", part));
        Assert.Throws<ArgumentException>(() => model.register_module("", part));
        model.register_module("head", part);
        Assert.Throws<InvalidOperationException>(() => model.register_module("head", part));
        model.register_buffer("table", ones(1));
        Assert.Throws<InvalidOperationException>(() => model.register_buffer("table", ones(1)));
        Assert.Throws<ArgumentNullException>(() => model.register_parameter("none", null!));
    }

    [Fact]
    public void Hooks_see_and_may_change_what_passes()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(1, 1, hasBias: false);
        nn.init.ones_(layer.weight);
        var before = layer.register_forward_pre_hook((_, input) => input * 2);
        var after = layer.register_forward_hook((_, _, output) => output + 1);
        Expect.Values([7], layer.call(tensor(new[] { 3f })));
        before.remove();
        after.remove();
        Expect.Values([3], layer.call(tensor(new[] { 3f })));
    }

    [Fact]
    public void Disposing_a_model_disposes_its_parts()
    {
        var model = new Stack();
        var parameters = model.named_parameters().Where(named => named.name.StartsWith("blocks")).Select(named => named.parameter).ToList();
        var buffers = model.buffers().ToList();
        model.Dispose();
        Assert.All(parameters, parameter => Assert.True(parameter.IsInvalid));
        Assert.All(buffers, buffer => Assert.True(buffer.IsInvalid));
    }
}
