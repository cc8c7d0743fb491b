"""Maps that come along, on models of the original names and shapes with random weights: a forward
pass of NumPy in the layout of the source, and modules of torch with the names of the target."""
import numpy as np
import pytest

import regraft

torch = pytest.importorskip("torch")
T = torch.nn

RANDOM = np.random.default_rng(11)
WIDTH, HEADS, LAYERS, INNER = 12, 3, 2, 20


def numbers(*shape):
    return (RANDOM.standard_normal(shape) * 0.4).astype(np.float32)


def norm(x, gain, bias, epsilon):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + epsilon) * gain + bias


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def attend(q, k, v, causal=False):
    """(tokens, heads, features) each."""
    scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(q.shape[-1])
    if causal:
        scores = np.where(np.tril(np.ones(scores.shape[-2:])), scores, -1e10)
    return np.einsum("hqk,khd->qhd", softmax(scores), v)


# BERT, as google-research/bert has it.

def bert_arrays():
    arrays = {"bert/embeddings/word_embeddings": numbers(30, WIDTH),
              "bert/embeddings/position_embeddings": numbers(9, WIDTH),
              "bert/embeddings/token_type_embeddings": numbers(2, WIDTH)}

    def dense(name, rows, columns):
        arrays[f"{name}/kernel"], arrays[f"{name}/bias"] = numbers(rows, columns), numbers(columns)

    def layer_norm(name):
        arrays[f"{name}/LayerNorm/gamma"] = 1 + numbers(WIDTH)
        arrays[f"{name}/LayerNorm/beta"] = numbers(WIDTH)

    layer_norm("bert/embeddings")
    for i in range(LAYERS):
        layer = f"bert/encoder/layer_{i}"
        for part in "query", "key", "value":
            dense(f"{layer}/attention/self/{part}", WIDTH, WIDTH)
        dense(f"{layer}/attention/output/dense", WIDTH, WIDTH)
        layer_norm(f"{layer}/attention/output")
        dense(f"{layer}/intermediate/dense", WIDTH, INNER)
        dense(f"{layer}/output/dense", INNER, WIDTH)
        layer_norm(f"{layer}/output")
    dense("bert/pooler/dense", WIDTH, WIDTH)
    dense("cls/predictions/transform/dense", WIDTH, WIDTH)
    layer_norm("cls/predictions/transform")
    arrays["cls/predictions/output_bias"] = numbers(30)
    arrays["cls/seq_relationship/output_weights"] = numbers(2, WIDTH)
    arrays["cls/seq_relationship/output_bias"] = numbers(2)
    return arrays


def bert_by_numpy(a, tokens):
    def dense(x, name):
        return x @ a[f"{name}/kernel"] + a[f"{name}/bias"]

    def layer_norm(x, name):
        return norm(x, a[f"{name}/LayerNorm/gamma"], a[f"{name}/LayerNorm/beta"], 1e-12)

    x = (a["bert/embeddings/word_embeddings"][tokens] +
         a["bert/embeddings/position_embeddings"][:len(tokens)] +
         a["bert/embeddings/token_type_embeddings"][0])
    x = layer_norm(x, "bert/embeddings")
    for i in range(LAYERS):
        layer = f"bert/encoder/layer_{i}"
        q, k, v = (dense(x, f"{layer}/attention/self/{part}").reshape(len(tokens), HEADS, -1)
                   for part in ("query", "key", "value"))
        attended = dense(attend(q, k, v).reshape(x.shape), f"{layer}/attention/output/dense")
        x = layer_norm(x + attended, f"{layer}/attention/output")
        inner = dense(gelu(dense(x, f"{layer}/intermediate/dense")), f"{layer}/output/dense")
        x = layer_norm(x + inner, f"{layer}/output")
    pooled = np.tanh(dense(x[0], "bert/pooler/dense"))
    follows = pooled @ a["cls/seq_relationship/output_weights"].T + (
        a["cls/seq_relationship/output_bias"])
    said = layer_norm(gelu(dense(x, "cls/predictions/transform/dense")),
                      "cls/predictions/transform")
    return said @ a["bert/embeddings/word_embeddings"].T + a["cls/predictions/output_bias"], follows


def tree(**modules):
    out = T.Module()
    for name, module in modules.items():
        setattr(out, name, module)
    return out


class Bert(T.Module):
    """BertForPreTraining's modules by their names."""

    def __init__(self):
        super().__init__()

        def part(rows, columns):
            return tree(dense=T.Linear(rows, columns), LayerNorm=T.LayerNorm(WIDTH, eps=1e-12))

        layers = [tree(
            attention=tree(self=tree(query=T.Linear(WIDTH, WIDTH), key=T.Linear(WIDTH, WIDTH),
                                     value=T.Linear(WIDTH, WIDTH)), output=part(WIDTH, WIDTH)),
            intermediate=tree(dense=T.Linear(WIDTH, INNER)), output=part(INNER, WIDTH))
            for _ in range(LAYERS)]
        self.bert = tree(
            embeddings=tree(word_embeddings=T.Embedding(30, WIDTH),
                            position_embeddings=T.Embedding(9, WIDTH),
                            token_type_embeddings=T.Embedding(2, WIDTH),
                            LayerNorm=T.LayerNorm(WIDTH, eps=1e-12)),
            encoder=tree(layer=T.ModuleList(layers)),
            pooler=tree(dense=T.Linear(WIDTH, WIDTH)))
        self.cls = tree(
            predictions=tree(transform=part(WIDTH, WIDTH)),
            seq_relationship=T.Linear(WIDTH, 2))
        self.cls.predictions.bias = T.Parameter(torch.zeros(30))

    def forward(self, tokens):
        e = self.bert.embeddings
        x = e.LayerNorm(e.word_embeddings(tokens) + e.position_embeddings.weight[:len(tokens)] +
                        e.token_type_embeddings.weight[0])
        for layer in self.bert.encoder.layer:
            own = getattr(layer.attention, "self")
            q, k, v = (part(x).reshape(len(tokens), HEADS, -1).transpose(0, 1)
                       for part in (own.query, own.key, own.value))
            attended = T.functional.scaled_dot_product_attention(q, k, v)
            attended = attended.transpose(0, 1).reshape(x.shape)
            out = layer.attention.output
            x = out.LayerNorm(x + out.dense(attended))
            inner = T.functional.gelu(layer.intermediate.dense(x), approximate="tanh")
            x = layer.output.LayerNorm(x + layer.output.dense(inner))
        follows = self.cls.seq_relationship(torch.tanh(self.bert.pooler.dense(x[0])))
        head = self.cls.predictions.transform
        said = head.LayerNorm(T.functional.gelu(head.dense(x), approximate="tanh"))
        return said @ e.word_embeddings.weight.T + self.cls.predictions.bias, follows


TOKENS = np.array([3, 17, 29, 0, 8])


@pytest.fixture
def bert(tmp_path):
    arrays = bert_arrays()
    with_adam = dict(arrays, global_step=np.array(7, np.int64))
    for name in list(arrays):
        with_adam[f"{name}/adam_m"] = with_adam[f"{name}/adam_v"] = np.zeros_like(arrays[name])
    return arrays, regraft.save(tmp_path / "bert", with_adam)


def test_bert_says_the_same(bert):
    arrays, source = bert
    net = Bert()
    report = regraft.restore(source, net, preset="bert-tf1-to-hf")
    assert len(report.restored) == len(arrays)
    for found, expected in zip(net(torch.from_numpy(TOKENS)), bert_by_numpy(arrays, TOKENS)):
        np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("wrong", ["swap", "square", "gelu"])
def test_what_is_wrong_in_bert_is_seen(bert, monkeypatch, wrong):
    arrays, source = bert
    net = Bert()
    regraft.restore(source, net, preset="bert-tf1-to-hf")
    own = getattr(net.bert.encoder.layer[0].attention, "self")
    with torch.no_grad():
        if wrong == "swap":
            q, k = own.query.weight.clone(), own.key.weight.clone()
            own.query.weight.copy_(k)
            own.value.weight.copy_(q)
        elif wrong == "square":
            own.query.weight.copy_(own.query.weight.T.clone())
        else:
            exact = T.functional.gelu
            monkeypatch.setattr(T.functional, "gelu", lambda x, approximate: exact(x))
    found = net(torch.from_numpy(TOKENS))[0].detach().numpy()
    difference = np.abs(found - bert_by_numpy(arrays, TOKENS)[0]).max()
    assert difference > (1e-3 if wrong != "gelu" else 1e-4)


def test_bert_goes_back_with_the_same_bytes(bert, tmp_path):
    arrays, source = bert
    there = regraft.copy(source, tmp_path / "hf.safetensors", preset="bert-tf1-to-hf").path
    assert "cls.predictions.decoder.bias" in regraft.open(there)
    pooler = regraft.open(source, preset="bert-tf1-to-hf")["bert.pooler.dense.weight"]
    assert pooler.made_of == "transpose of bert/pooler/dense/kernel [12,12]"
    back = regraft.open(there, preset="bert-tf1-to-hf", reverse=True)
    assert sorted(back) == sorted(arrays)
    for name, value in arrays.items():
        assert back[name].read().tobytes() == value.tobytes()


def test_a_preset_is_proposed_and_not_applied(bert):
    _, source = bert
    with pytest.raises(regraft.UnmetError, match="bert-tf1-to-hf"):
        regraft.restore(source, Bert())


def test_a_layer_that_is_missing_is_named(bert, tmp_path):
    arrays, _ = bert
    del arrays["bert/encoder/layer_1/attention/self/key/kernel"]
    source = regraft.save(tmp_path / "less", arrays)
    with pytest.raises(regraft.UnmetError, match="layer_1/attention/self/key/kernel"):
        regraft.open(source, preset="bert-tf1-to-hf")


# ViT, as vision_transformer's Flax has it.

def vit_arrays(m, p, b):
    deep = WIDTH // HEADS
    arrays = {"cls": numbers(1, 1, WIDTH), "embedding/kernel": numbers(4, 4, 3, WIDTH),
              "embedding/bias": numbers(WIDTH), "head/kernel": numbers(WIDTH, 5),
              "head/bias": numbers(5),
              "Transformer/posembed_input/pos_embedding": numbers(1, 5, WIDTH),
              "Transformer/encoder_norm/scale": 1 + numbers(WIDTH),
              "Transformer/encoder_norm/bias": numbers(WIDTH)}
    for i in range(LAYERS):
        block = f"Transformer/encoderblock_{i}"
        for n in (0, b):
            arrays[f"{block}/LayerNorm_{n}/scale"] = 1 + numbers(WIDTH)
            arrays[f"{block}/LayerNorm_{n}/bias"] = numbers(WIDTH)
        own = f"{block}/MultiHeadDotProductAttention_{m}"
        for part in "query", "key", "value":
            arrays[f"{own}/{part}/kernel"] = numbers(WIDTH, HEADS, deep)
            arrays[f"{own}/{part}/bias"] = numbers(HEADS, deep)
        arrays[f"{own}/out/kernel"] = numbers(HEADS, deep, WIDTH)
        arrays[f"{own}/out/bias"] = numbers(WIDTH)
        arrays[f"{block}/MlpBlock_{p}/Dense_0/kernel"] = numbers(WIDTH, INNER)
        arrays[f"{block}/MlpBlock_{p}/Dense_0/bias"] = numbers(INNER)
        arrays[f"{block}/MlpBlock_{p}/Dense_1/kernel"] = numbers(INNER, WIDTH)
        arrays[f"{block}/MlpBlock_{p}/Dense_1/bias"] = numbers(WIDTH)
    return arrays


def vit_by_numpy(a, m, p, b, image):
    patches = image.reshape(2, 4, 2, 4, 3).transpose(0, 2, 1, 3, 4).reshape(4, -1)
    x = patches @ a["embedding/kernel"].reshape(-1, WIDTH) + a["embedding/bias"]
    x = np.concatenate([a["cls"][0], x]) + a["Transformer/posembed_input/pos_embedding"][0]
    for i in range(LAYERS):
        block = f"Transformer/encoderblock_{i}"
        own = f"{block}/MultiHeadDotProductAttention_{m}"

        def layer_norm(n):
            return norm(x, a[f"{block}/LayerNorm_{n}/scale"], a[f"{block}/LayerNorm_{n}/bias"],
                        1e-6)

        y = layer_norm(0)
        q, k, v = (np.einsum("td,dhk->thk", y, a[f"{own}/{part}/kernel"]) +
                   a[f"{own}/{part}/bias"] for part in ("query", "key", "value"))
        x = x + np.einsum("thk,hkd->td", attend(q, k, v), a[f"{own}/out/kernel"]) + (
            a[f"{own}/out/bias"])
        mlp = f"{block}/MlpBlock_{p}"
        inner = gelu(layer_norm(b) @ a[f"{mlp}/Dense_0/kernel"] + a[f"{mlp}/Dense_0/bias"])
        x = x + inner @ a[f"{mlp}/Dense_1/kernel"] + a[f"{mlp}/Dense_1/bias"]
    x = norm(x, a["Transformer/encoder_norm/scale"], a["Transformer/encoder_norm/bias"], 1e-6)
    return x[0] @ a["head/kernel"] + a["head/bias"]


class Vit(T.Module):
    """timm's VisionTransformer's modules by their names."""

    def __init__(self):
        super().__init__()
        self.cls_token = T.Parameter(torch.zeros(1, 1, WIDTH))
        self.pos_embed = T.Parameter(torch.zeros(1, 5, WIDTH))
        self.patch_embed = tree(proj=T.Conv2d(3, WIDTH, 4, stride=4))
        self.blocks = T.ModuleList([tree(
            norm1=T.LayerNorm(WIDTH, eps=1e-6), norm2=T.LayerNorm(WIDTH, eps=1e-6),
            attn=tree(qkv=T.Linear(WIDTH, 3 * WIDTH), proj=T.Linear(WIDTH, WIDTH)),
            mlp=tree(fc1=T.Linear(WIDTH, INNER), fc2=T.Linear(INNER, WIDTH)))
            for _ in range(LAYERS)])
        self.norm = T.LayerNorm(WIDTH, eps=1e-6)
        self.head = T.Linear(WIDTH, 5)

    def forward(self, image):
        x = self.patch_embed.proj(image).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token, x], 1) + self.pos_embed
        for block in self.blocks:
            q, k, v = block.attn.qkv(block.norm1(x)).reshape(5, 3, HEADS, -1).permute(1, 2, 0, 3)
            y = T.functional.scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(x.shape)
            x = x + block.attn.proj(y)
            y = T.functional.gelu(block.mlp.fc1(block.norm2(x)), approximate="tanh")
            x = x + block.mlp.fc2(y)
        return self.head(self.norm(x)[:, 0])


@pytest.mark.parametrize("numbering", [(1, 3, 2), (0, 0, 1)])
@pytest.mark.parametrize("prefix", ["", "params/"])
def test_vit_sees_the_same(tmp_path, numbering, prefix):
    arrays, image = vit_arrays(*numbering), numbers(8, 8, 3)
    source = regraft.save(tmp_path / "vit", {prefix + name: v for name, v in arrays.items()})
    net = Vit()
    regraft.restore(source, net, preset="vit-flax-to-timm")
    found = net(torch.from_numpy(image.transpose(2, 0, 1)[None].copy()))[0].detach().numpy()
    np.testing.assert_allclose(found, vit_by_numpy(arrays, *numbering, image), rtol=1e-5, atol=1e-5)


def test_vit_goes_back_when_the_heads_are_said(tmp_path):
    arrays = vit_arrays(1, 3, 2)
    source = regraft.save(tmp_path / "vit", arrays)
    there = regraft.copy(source, tmp_path / "t.safetensors", preset="vit-flax-to-timm").path
    with pytest.raises(regraft.InvalidArgumentError, match="heads"):
        regraft.open(there, preset="vit-flax-to-timm", reverse=True)
    back = regraft.open(there, preset="vit-flax-to-timm", reverse=True, numbers={"heads": HEADS})
    assert sorted(back) == sorted(arrays)
    for name, value in arrays.items():
        assert back[name].read().tobytes() == value.tobytes()


# GPT-2, as openai/gpt-2 has it.

def gpt2_arrays():
    arrays = {"model/wte": numbers(30, WIDTH), "model/wpe": numbers(9, WIDTH)}
    for i in range(LAYERS):
        for part, rows, columns in (("attn/c_attn", WIDTH, 3 * WIDTH), ("attn/c_proj", WIDTH, WIDTH),
                                    ("mlp/c_fc", WIDTH, INNER), ("mlp/c_proj", INNER, WIDTH)):
            arrays[f"model/h{i}/{part}/w"] = numbers(1, rows, columns)
            arrays[f"model/h{i}/{part}/b"] = numbers(columns)
    for name in [f"h{i}/{ln}" for i in range(LAYERS) for ln in ("ln_1", "ln_2")] + ["ln_f"]:
        arrays[f"model/{name}/g"], arrays[f"model/{name}/b"] = 1 + numbers(WIDTH), numbers(WIDTH)
    return arrays


def gpt2(tokens, wte, wpe, dense, layer_norm):
    """The model, over functions that know where its parts are."""
    x = wte[tokens] + wpe[:len(tokens)]
    for i in range(LAYERS):
        q, k, v = (part.reshape(len(tokens), HEADS, -1) for part in
                   np.split(dense(layer_norm(x, f"h{i}", "ln_1"), f"h{i}", "attn", "c_attn"), 3, -1))
        x = x + dense(attend(q, k, v, causal=True).reshape(x.shape), f"h{i}", "attn", "c_proj")
        inner = gelu(dense(layer_norm(x, f"h{i}", "ln_2"), f"h{i}", "mlp", "c_fc"))
        x = x + dense(inner, f"h{i}", "mlp", "c_proj")
    return layer_norm(x, "", "ln_f") @ wte.T


def test_gpt2_says_the_same_and_goes_back(tmp_path):
    arrays = gpt2_arrays()
    source = regraft.save(tmp_path / "gpt2", arrays)
    there = regraft.open(source, preset="gpt2-tf1-to-hf")
    made = {name: torch.from_numpy(there[name].read()) for name in there}
    assert len(made) == 12 * LAYERS + 4

    def target(h, *name):
        return ".".join(["transformer", *(["h", h[1:]] if h else []), *name])

    def dense(x, h, part, name):  # transformers' Conv1D: x @ weight + bias.
        weight = made[target(h, part, name, "weight")].numpy()
        return x @ weight + made[target(h, part, name, "bias")].numpy()

    def layer_norm(x, h, name):
        weight, bias = made[target(h, name, "weight")], made[target(h, name, "bias")]
        x = torch.from_numpy(x.astype(np.float32))
        return T.functional.layer_norm(x, (WIDTH,), weight, bias, 1e-5).numpy()

    def own_dense(x, h, part, name):
        return x @ arrays[f"model/{h}/{part}/{name}/w"][0] + arrays[f"model/{h}/{part}/{name}/b"]

    def own_norm(x, h, name):
        at = f"model/{h}/{name}" if h else f"model/{name}"
        return norm(x, arrays[f"{at}/g"], arrays[f"{at}/b"], 1e-5)

    np.testing.assert_allclose(
        gpt2(TOKENS, made["transformer.wte.weight"].numpy(), made["transformer.wpe.weight"].numpy(),
             dense, layer_norm),
        gpt2(TOKENS, arrays["model/wte"], arrays["model/wpe"], own_dense, own_norm),
        rtol=1e-4, atol=1e-5)
    back = regraft.open(regraft.copy(source, tmp_path / "hf.safetensors",
                                     preset="gpt2-tf1-to-hf").path,
                        preset="gpt2-tf1-to-hf", reverse=True)
    for name, value in arrays.items():
        assert back[name].read().tobytes() == value.tobytes()


# A map of one's own: BERT's square matrices for layers that have their heads as an axis.

def test_square_matrices_become_those_with_heads(tmp_path):
    arrays = bert_arrays()
    source = regraft.save(tmp_path / "bert", arrays)
    rules = tmp_path / "heads.toml"
    rules.write_text("""
        [map]
        rest = "leave"
        [[rule]]
        from = "bert/encoder/layer_{i}/attention/self/{x=query,key,value}/kernel"
        to = "encoder/{i}/attention/{x}/kernel"
        do = ["reshape d0 {heads} -1"]
        undo = ["flatten 1"]
        [[rule]]
        from = "bert/encoder/layer_{i}/attention/self/{x=query,key,value}/bias"
        to = "encoder/{i}/attention/{x}/bias"
        do = ["reshape {heads} -1"]
        undo = ["flatten 0"]
        """)
    targets = {f"encoder/{i}/attention/{x}/kernel": np.zeros((WIDTH, HEADS, 4), np.float32)
               for i in range(LAYERS) for x in ("query", "key", "value")}
    regraft.restore(source, targets, map_file=rules, numbers={"heads": HEADS})
    for name, value in targets.items():
        _, i, _, x, _ = name.split("/")
        expected = arrays[f"bert/encoder/layer_{i}/attention/self/{x}/kernel"]
        np.testing.assert_array_equal(value, expected.reshape(WIDTH, HEADS, 4))
    with pytest.raises(regraft.UnmetError, match="others in number"):
        regraft.open(source, map_file=rules, numbers={"heads": 5})


def test_t5_of_a_real_file_has_all_of_its_tensors(corpus):
    path = corpus / "google-research__t5x/cc342d419ec3/t5x/testdata/mtf_tiny_t5/model.ckpt-0.index"
    if not path.exists():
        pytest.skip("the file is not in the selection of the corpus")
    assert len(regraft.open(path, preset="t5-mesh-to-hf")) == 52
