"""What can be known of who is who, from the plans of two models and a file of one of them.

This is the rule of identity that people are promised, written down once more and as simply as it
can be: given paths, given names, and places in rows that are certain. It is careful: where it
says that something is known, nobody could read it otherwise; the rest may be refused.
"""
import collections
import dataclasses
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Set, Tuple

from identity_models import IS_KERAS_3, Leaf, Named, Plan, Row, leaves, variables_of

Key = Tuple[int, str, str]  # (uid of the leaf, name of its variable, slot or "")


def certain_pairs(left: Sequence[Any], right: Sequence[Any],
                  likeness: Callable[[Any, Any], int]) -> List[Tuple[int, int]]:
    """The pairs that every best alignment has. It keeps the order, pairs as many as it can
    that are alike exactly (2), and then as many as it can that are alike but for extents (1).
    """
    alike = [[likeness(a, b) for b in right] for a in left]

    def best(without: Optional[Tuple[int, int]] = None) -> Tuple[int, int]:
        row = [(0, 0)] * (len(right) + 1)
        for i in range(len(left)):
            above, row = row, [(0, 0)]
            for j in range(len(right)):
                found = max(above[j + 1], row[j])
                if alike[i][j] and (i, j) != without:
                    exact, near = above[j]
                    found = max(found, (exact + (alike[i][j] == 2), near + (alike[i][j] == 1)))
                row.append(found)
        return row[-1]

    whole = best()
    return [(i, j) for i in range(len(left)) for j in range(len(right))
            if alike[i][j] and best(without=(i, j)) < whole]


def token(plan: Plan, exact: bool) -> Any:
    """What a member of a row holds: names, and shapes or only ranks."""
    if isinstance(plan, Leaf):
        return tuple((name, shape if exact else len(shape))
                     for name, shape in variables_of(plan).items())
    items = plan.items.items() if isinstance(plan, Named) else enumerate(plan.items)
    return tuple((step, token(item, exact)) for step, item in items)


class Source:
    """A file: the plan of its model, and what is really in it.

    `full_names` are the full names of the stored variables, `reached` those that have a path
    of the model, `keyword` what leads to the model; a `twin` is a second model of its kind.
    """

    def __init__(self, plan: Plan, keyword: Optional[str], full_names: Dict[Key, str],
                 reached: Set[Key], twin: bool) -> None:
        self.plan, self.keyword, self.twin = plan, keyword, twin
        self.full_names, self.reached = full_names, reached
        self.repeated = {name for name, count in collections.Counter(
            full for (_, _, slot), full in full_names.items() if not slot).items() if count > 1}

    def shows(self, leaf: Leaf, layer: Any) -> bool:
        """True if the file has the name of a layer above the leaf, or of the leaf itself."""
        for name in variables_of(leaf):
            parts = self.full_names.get((leaf.uid, name, ""), "").split("/")
            if name:
                parts = parts[:-1]
            if layer is leaf and leaf.name is None and parts and name:
                return parts[-1].startswith(("dense", "batch_norm", "layer_norm"))
            if layer.name is not None and layer.name in parts:
                return True
        return False


@dataclasses.dataclass
class Verdict:
    """What may happen to the targets of one call."""

    known: Dict[Key, Key] = dataclasses.field(default_factory=dict)
    unknown: Set[Key] = dataclasses.field(default_factory=set)  # Something near, or nothing.
    new: Set[Key] = dataclasses.field(default_factory=set)  # Certainly not in the file.
    misleading: bool = False  # All that there is to go by says something that is not the truth.


def _likeness(source: Source, left: Plan, right: Plan) -> int:
    def given(plan: Plan, stored: bool) -> Any:
        if isinstance(plan, Row) and plan.kind in ("list", "tuple"):
            return ""
        first = plan if isinstance(plan, Leaf) else next(leaf for leaf, _, _ in leaves(plan))
        return "unseen" if stored and not source.shows(first, plan) else plan.name

    here, there = given(left, True), given(right, False)
    if here != "unseen" and here != there:
        return 0
    return (2 if token(left, True) == token(right, True) else
            1 if token(left, False) == token(right, False) else 0)


def _walk(source: Source, left: Plan, right: Plan, given: bool = True
          ) -> Iterator[Tuple[Key, Key, bool]]:
    """(source, target, whether the path is given throughout) of what paths tell."""
    if isinstance(left, Leaf) and isinstance(right, Leaf):
        for name in variables_of(right):
            if name in variables_of(left):
                yield (left.uid, name, ""), (right.uid, name, ""), given
    elif isinstance(left, Named) and isinstance(right, Named):
        for name, item in right.items.items():
            if name in left.items:
                yield from _walk(source, left.items[name], item, given)
    elif isinstance(left, Row) and isinstance(right, Row) and left.kind == right.kind:
        for i, j in certain_pairs(left.items, right.items,
                                  lambda a, b: _likeness(source, a, b)):
            yield from _walk(source, left.items[i], right.items[j], False)


def _by_path(source: Source, target: Plan, keyword: Optional[str]
             ) -> Tuple[Dict[Key, Set[Key]], Dict[Key, Set[Key]]]:
    """By given paths, and by those with certain places; with or without the roots' names."""
    whole = (Named("root", None, {source.keyword: source.plan}) if source.keyword else source.plan,
             Named("root", None, {keyword: target}) if keyword else target)
    exact = list(_walk(source, *whole))
    if exact and source.keyword and source.keyword == keyword:
        found = exact
    elif source.twin:
        found = []  # One of two: nothing says which.
    else:
        lefts = {id(plan): plan for plan in (whole[0], source.plan)}.values()
        rights = {id(plan): plan for plan in (whole[1], target)}.values()
        found = [pair for left in lefts for right in rights for pair in _walk(source, left, right)]
    paths: Dict[Key, Set[Key]] = collections.defaultdict(set)
    places: Dict[Key, Set[Key]] = collections.defaultdict(set)
    for left, right, given in found:
        if left in source.reached:
            (paths if given else places)[right].add(left)
    return paths, places


def _by_name(source: Source, target: Plan) -> Tuple[Dict[Key, Set[Key]], Dict[Key, Set[Key]]]:
    """By given names that the file has; and by given names that are paths there."""
    of_source: Dict[Any, List[Any]] = collections.defaultdict(list)
    paths: Dict[Any, List[Any]] = collections.defaultdict(list)
    for leaf, path, above in leaves(source.plan):
        if leaf.name is not None and source.shows(leaf, leaf):
            of_source[leaf.name].append((leaf, above))
        paths[path].append(leaf)
    count = collections.Counter(leaf.name for leaf, _, _ in leaves(target))
    names: Dict[Key, Set[Key]] = collections.defaultdict(set)
    crossed: Dict[Key, Set[Key]] = collections.defaultdict(set)
    for leaf, _, above in leaves(target):
        if leaf.name is None:
            continue
        chain = tuple(layer.name for layer in above[1:]) + (leaf.name,)
        for name in variables_of(leaf):
            key = (leaf.uid, name, "")
            if count[leaf.name] == 1:
                names[key] = {(other.uid, name, "") for other, _ in of_source[leaf.name]
                              if name in variables_of(other)}
            for at in range(len(chain)):
                crossed[key] |= {(other.uid, name, "") for other in paths[chain[at:]]
                                 if (other.uid, name, "") in source.reached}
    return names, crossed


def of_tree(source: Source, target: Plan, keyword: Optional[str], from_files: bool = False
            ) -> Verdict:
    """For objects that are handed over whole."""
    paths, places = _by_path(source, target, keyword)
    names, crossed = _by_name(source, target)
    verdict = Verdict()
    chosen: Dict[Key, Key] = {}
    contradicted: Set[Key] = set()
    for leaf, _, above in leaves(target):
        numbered_block = any(layer.kind == "block" and layer.name is None for layer in above)
        for name in variables_of(leaf):
            key = (leaf.uid, name, "")
            said = [each for each in (paths[key], names[key]) if each]
            agreed = set.intersection(*said) if said else set()
            if said and (not agreed or crossed[key] and not crossed[key] & agreed):
                contradicted.add(key)
            elif len(agreed) == 1 and not (source.twin and not paths[key]):
                chosen[key] = next(iter(agreed))
                if from_files and numbered_block:
                    contradicted.add(key)  # A file does not say that nobody chose the name.
            elif said:
                contradicted.add(key)
            if from_files and numbered_block and not paths[key]:
                verdict.misleading = True
    _weigh(verdict, source, target, chosen, contradicted, places)
    return verdict


def _weigh(verdict: Verdict, source: Source, target: Plan, chosen: Dict[Key, Key],
           contradicted: Set[Key], places: Dict[Key, Set[Key]]) -> None:
    """Puts each variable of the target in its set."""
    taken = collections.Counter(chosen.values())
    for leaf, _, _ in leaves(target):
        for name in variables_of(leaf):
            key = (leaf.uid, name, "")
            weak = places.get(key, set()) - set(taken)
            if key in contradicted or taken[chosen.get(key, key)] > 1:
                verdict.unknown.add(key)
            elif key in chosen:
                verdict.known[key] = chosen[key]
            elif len(weak) == 1:
                verdict.known[key] = next(iter(weak))
            elif key in source.full_names or weak:
                verdict.unknown.add(key)
            else:
                verdict.new.add(key)
    if any(left != right for right, left in verdict.known.items()):
        verdict.misleading = True


def of_list(source: Source, target: Plan, listed: Sequence[Key]) -> Verdict:
    """For variables alone, of which only names tell."""
    names, crossed = _by_name(source, target)
    holders = {leaf.uid: above for leaf, _, above in leaves(source.plan)}
    verdict = Verdict()
    chosen: Dict[Key, Key] = {}
    contradicted: Set[Key] = set()
    for leaf, _, above in leaves(target):
        for name in variables_of(leaf):
            key = (leaf.uid, name, "")
            said = [each for each in (names[key], crossed[key]) if each]
            agreed = set.intersection(*said) if said else set()
            if len(agreed) == 1 and not source.twin:
                chosen[key] = next(iter(agreed))
                if not _same_scopes(holders[chosen[key][0]], above):
                    contradicted.add(key)
            elif said:
                contradicted.add(key)
    verdict.misleading = any(key != left for key, left in chosen.items()) or _numbers_mislead(
        source, target, listed)
    _weigh(verdict, source, target, chosen, contradicted, {})
    verdict.misleading |= any(key != left for key, left in chosen.items())
    if not source.twin and _congruent_by_number(source, target, listed):
        verdict.known.update({key: key for key in listed})
        verdict.unknown -= set(listed)
    return verdict


def _same_scopes(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """A variable's name begins with the names of what holds it. Those that Keras has for its
    own classes are known as such, others only if they are equal."""
    def said(holders: Sequence[Any]) -> List[Any]:
        return [layer.name for layer in holders
                if layer.name is not None or layer.kind not in ("functional", "sequential")]
    return said(left) == said(right) and None not in said(left)


def _stem(leaf: Leaf) -> str:
    return {"dense": "dense", "plain": "dense"}.get(leaf.kind, leaf.kind)


def _numbers_mislead(source: Source, target: Plan, listed: Sequence[Key]) -> bool:
    """True if the layers with automatic names, in the order of their numbers, are certain to be
    others than they are."""
    wanted = {uid for uid, _, _ in listed}
    for scoped in (False, True):
        for whole in (False, True):
            groups: Dict[Any, Tuple[List[Leaf], List[Leaf]]] = collections.defaultdict(
                lambda: ([], []))
            for side, plan in enumerate((source.plan, target)):
                for leaf, _, above in leaves(plan):
                    if leaf.name is None and (side == 0 or leaf.uid in wanted):
                        scope = tuple(layer.name or layer.kind for layer in above)
                        groups[_stem(leaf), scope if scoped else ()][side].append(leaf)

            def likeness(left: Leaf, right: Leaf) -> int:
                names = [name for name in variables_of(right)
                         if whole or (right.uid, name, "") in listed]
                here, there = variables_of(left), variables_of(right)
                if not whole and any(name not in here for name in names):
                    return 0
                if whole and here.keys() != there.keys():
                    return 0
                return 2 if all(here[name] == there[name] for name in names) else 1

            for left, right in groups.values():
                if any(left[i].uid != right[j].uid
                       for i, j in certain_pairs(left, right, likeness)):
                    return True
    return False


def _congruent_by_number(source: Source, target: Plan, listed: Sequence[Key]) -> bool:
    """True for all variables of a model of nothing but layers with automatic names, as many of
    each kind as in the file, in the same order."""
    def rows(plan: Plan) -> Any:
        found = collections.defaultdict(list)
        for leaf, path, above in leaves(plan):
            if leaf.kind == "variable" or leaf.name is not None or len(above) != 1:
                return None
            found[_stem(leaf)].append((leaf.uid, token(leaf, True)))
        return dict(found)

    if isinstance(target, Named) and target.name is None:
        return False
    every = {key for key in source.full_names if not key[2]}
    here = rows(source.plan)
    return (here is not None and here == rows(target) and set(listed) == every and
            all(source.shows(leaf, leaf) for leaf, _, _ in leaves(source.plan)))


def with_slots(verdict: Verdict, source: Source, slots: Sequence[Key]) -> None:
    """A slot is the slot of its variable."""
    stored = {slot for slot in source.full_names if slot[2]}
    for key in slots:
        uid, name, slot = key
        variable = (uid, name, "")
        if slot == ".":  # The count of steps.
            verdict.known[key] = key
        elif variable in verdict.unknown:
            verdict.unknown.add(key)
        elif variable in verdict.new or (*verdict.known[variable][:2], slot) not in stored:
            verdict.new.add(key)
        elif not IS_KERAS_3 and source.full_names[verdict.known[variable]] in source.repeated:
            verdict.unknown.add(key)  # Slots there are known by the names of variables.
        else:
            verdict.known[key] = (*verdict.known[variable][:2], slot)
