"""Edits of the plans of models that keep who is who."""
import copy
from typing import Any, Iterator, List, Optional, Union

from identity_models import WIDTH, Leaf, Maker, Named, Plan, Row, described, leaves


def containers(plan: Plan) -> Iterator[Union[Row, Named]]:
    if not isinstance(plan, Leaf):
        yield plan
        for item in plan.items.values() if isinstance(plan, Named) else plan.items:
            yield from containers(item)


class Editor:
    """Edits that keep who is who. Each returns what it did, or None if there is nothing for it."""

    def __init__(self, maker: Maker, plan: Plan) -> None:
        self.maker, self.rng = maker, maker.rng
        self.plan = copy.deepcopy(plan)
        self.head_resized = False

    def edit(self, kind: str) -> Optional[str]:
        done = getattr(self, kind)()
        return f"{kind}: {done}" if done else None

    def _one(self, wanted: Any) -> Any:
        found = [each for each in containers(self.plan) if each.kind != "block" and wanted(each)]
        return self.rng.choice(found) if found else None

    def _fresh(self, attribute: Optional[str], like: Union[Row, Named]) -> Plan:
        known = next((leaf for leaf, _, _ in leaves(like)), None)
        if known is not None and known.kind == "variable":
            return self.maker.leaf(attribute, ("variable",))
        return self.maker.leaf(attribute, naming=self.rng.choice(("given", "automatic", "mixed")))

    @staticmethod
    def _is_head(item: Plan) -> bool:
        return isinstance(item, Leaf) and item.kind == "dense" and item.width != WIDTH

    def insert(self) -> Optional[str]:
        into = self._one(lambda each: not isinstance(each, Row) or
                         not any(isinstance(item, Row) for item in each.items))
        items = list(into.items.values()) if isinstance(into, Named) else into.items
        at = self.rng.randint(0, len(items) - (1 if items and self._is_head(items[-1]) else 0))
        if isinstance(into, Row):
            new = self._fresh(None, into)
            into.items.insert(at, new)
        else:
            attribute = self.maker.word()
            new = self._fresh(attribute, into)
            pairs = list(into.items.items())
            into.items = dict(pairs[:at] + [(attribute, new)] + pairs[at:])
        return f"{described(new)} at {at}"

    def delete(self) -> Optional[str]:
        of = self._one(lambda each: len(each.items) > 1)
        if of is None:
            return None
        steps = list(of.items) if isinstance(of, Named) else list(range(len(of.items)))
        step = self.rng.choice([step for step in steps if not self._is_head(of.items[step])])
        return f"{step} of {of.kind}, {described(of.items.pop(step))}"

    def swap(self) -> Optional[str]:
        """Layers whose names a person chose change places."""
        def named(each: Any) -> List[int]:
            return [i for i, item in enumerate(each.items) if not isinstance(item, Row) and
                    item.name and not self._is_head(item)]
        of = self._one(lambda each: isinstance(each, Row) and len(named(each)) > 1)
        if of is None:
            return None
        i, j = self.rng.sample(named(of), 2)
        of.items[i], of.items[j] = of.items[j], of.items[i]
        return f"{of.kind} {i} and {j}"

    def reorder(self) -> Optional[str]:
        """Attributes are assigned, and layers made, in another order."""
        of = self._one(lambda each: isinstance(each, Named) and len(each.items) > 1)
        if of is None:
            return None
        pairs = list(of.items.items())
        last = [pair for pair in pairs if self._is_head(pair[1])]
        rest = [pair for pair in pairs if not self._is_head(pair[1])]
        self.rng.shuffle(rest)
        of.items = dict(rest + last)
        return str(list(of.items))

    def rename_attribute(self) -> Optional[str]:
        of = self._one(lambda each: isinstance(each, Named))
        if of is None:
            return None
        old, new = self.rng.choice(list(of.items)), self.maker.word()
        of.items = {new if name == old else name: item for name, item in of.items.items()}
        return f"{old} to {new}"

    def rename_layer(self) -> Optional[str]:
        named = [leaf for leaf, _, _ in leaves(self.plan) if leaf.name]
        if not named:
            return None
        leaf = self.rng.choice(named)
        old, leaf.name = leaf.name, self.maker.word()
        return f"{old} to {leaf.name}"

    def exchange_names(self) -> Optional[str]:
        """Two layers behind attributes have each other's names: two readings."""
        of = self._one(lambda each: isinstance(each, Named) and sum(
            isinstance(item, Leaf) and item.name is not None and not self._is_head(item)
            for item in each.items.values()) > 1)
        if of is None:
            return None
        a, b = self.rng.sample([item for item in of.items.values() if isinstance(item, Leaf) and
                                item.name and not self._is_head(item)], 2)
        a.name, b.name = b.name, a.name
        return f"{a.name} and {b.name}"

    def resize(self) -> Optional[str]:
        heads = [leaf for leaf, _, _ in leaves(self.plan) if self._is_head(leaf)]
        if not heads:
            return None
        heads[0].width += 3
        self.head_resized = True
        return f"the head to {heads[0].width}"

    def wrap(self) -> Optional[str]:
        """The model becomes an attribute of another one."""
        if isinstance(self.plan, Named) and self.plan.kind == "module":
            return None
        attribute = self.rng.choice(("inner", "backbone", "model"))
        self.plan = Named("model", "outer", {attribute: self.plan})
        return f"in an outer model as {attribute}"


EDITS = ("insert", "insert", "delete", "delete", "swap", "swap", "reorder", "rename_attribute",
         "rename_layer", "exchange_names", "resize", "wrap")


def freeze(rng: Any, plan: Plan) -> None:
    """Layers that no optimizer sees."""
    for leaf, _, _ in leaves(plan):
        leaf.frozen = leaf.kind != "variable" and rng.random() < 0.25
