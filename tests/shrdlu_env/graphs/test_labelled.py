"""Labelled graphs: constructors and what they refuse."""

import networkx as nx
import numpy as np
import pytest

from shrdlu_env.graphs.labelled import LabelledGraph, as_graph


def test_from_edges():
    graph = LabelledGraph([("a", "x", "b"), ("b", "x", "a"), ("a", "y", "a")])
    assert graph.nodes == ("a", "b")
    assert graph.labels == ("x", "y")
    assert graph.arcs.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert graph.edges == [("a", "x", "b"), ("b", "x", "a"), ("a", "y", "a")]
    assert graph.out_degree == 2
    assert graph.positions is None
    with pytest.raises(ValueError, match="read-only"):
        graph.arcs[0, 0] = 1


@pytest.mark.parametrize(
    ("edges", "kwargs", "message"),
    [
        ([], {}, "edges is empty"),
        ([("a", "x")], {}, "must be triples"),
        ([("a", "x", "b"), ("a", "x", "c")], {}, r"key \('a', 'x'\) twice"),
        ([("a", "x", "b")], {"nodes": ["a"]}, "names 'b'"),
        ([("a", "x", "b")], {"nodes": ["a", "b", "a"]}, "'a' twice"),
        ([("a", "x", "b")], {"positions": {"a": (0, 0)}}, "no 'b'"),
        ([("a", "x", "b")], {"positions": {"a": (0, 0), "b": (0, float("nan"))}}, "not finite"),
        ([(1, "x", True)], {}, "nodes 1 and True are equal in Python but read differently"),
        ([(1, "x", 2), (2, "x", 1.0)], {}, r"nodes 1 and 1\.0 are equal"),
        ([(1, "x", 2)], {"nodes": [True, 2]}, "nodes True and 1 are equal"),
        ([("a", 0, "b"), ("b", False, "a")], {}, "edge labels 0 and False are equal"),
        ([(k, 0, k + 1) for k in range(1000)], {}, "1001 nodes"),
        ([(0, k, 1) for k in range(1001)], {}, "1001 edge labels"),
        ([(k % 34, k // 34, 0) for k in range(33000)], {}, "33000 triples"),
    ],
)
def test_refused(edges, kwargs, message):
    with pytest.raises(ValueError, match=message) as raised:
        LabelledGraph(edges, **kwargs)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("edges", [None, 3, "ab", np.array(None), np.zeros(())])
def test_what_is_no_list_of_edges(edges):
    with pytest.raises(TypeError, match=r"edges=.*must be a list"):
        LabelledGraph(edges)


def test_a_thousand_nodes_and_labels_fit():
    graph = LabelledGraph([(k, k, (k + 1) % 1000) for k in range(1000)])
    assert (len(graph.nodes), len(graph.labels)) == (1000, 1000)


def test_positions_fill_the_unit_square():
    graph = LabelledGraph(
        [("a", 1, "b"), ("b", 1, "c")], positions={"a": (10, 5), "b": (14, 5), "c": (10, 7)}
    )
    assert graph.positions.tolist() == [[0, 0], [1, 0], [0, 1]]
    most = np.finfo(float).max
    graph = LabelledGraph(
        [("a", 1, "b"), ("b", 1, "c")], positions={"a": (-most, 0), "b": (0, 0), "c": (most, 1)}
    )
    assert graph.positions.tolist() == [[0, 0], [0.5, 0], [1, 1]]


def test_equal_names_that_read_alike_are_one():
    graph = LabelledGraph([(1, "x", np.int64(2)), (2, np.str_("x"), np.int64(1))], nodes=iter([1, 2]))
    assert graph.edges == [(1, "x", 2), (2, "x", 1)]
    assert LabelledGraph([(1, True, "1"), ("1", 2, 1)]).nodes == (1, "1")


@pytest.mark.parametrize("header", ["from,line,dir,to", "from,label,to"])
def test_from_csv(tmp_path, header):
    path = tmp_path / "map.csv"
    middle = "Red,N" if "line" in header else "Red N"
    path.write_text(f"{header}\nA,{middle},B\n B ,{middle}, A\n", "utf-8")
    graph = LabelledGraph.from_csv(path)
    assert graph.edges == [("A", "Red N", "B"), ("B", "Red N", "A")]


def test_from_csv_with_positions(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("from,label,to,x,y\nA,1,B,0,0\nB,1,A,2,1\n", "utf-8")
    assert LabelledGraph.from_csv(path).positions.tolist() == [[0, 0], [1, 1]]
    path.write_text("from,label,to,x,y\nA,1,B,0,0\nB,1,C,2,1\n", "utf-8")
    assert LabelledGraph.from_csv(path).positions is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,3\n", "columns are a, b, c"),
        ("", "columns are"),
        ("from,label,to\n", "edges is empty"),
        ("from,label,to\nA,,B\n", "line 2: label is empty"),
        ("from,label,to\nA,1\n", "line 2: to is empty"),
        ("from,label,to,to\nA,1,B,C\n", "columns are from, label, to, to: to must stand there once"),
        ("from,line,line,dir,to\nA,1,2,N,B\n", "line must stand there once"),
        ("from,label,to,x,y,x\nA,1,B,0,0,1\n", "x must stand there once"),
        ("from,line,dir,to\nA,1,N,B\nA,1,N,C\n", "twice"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, text, message):
    path = tmp_path / "map.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=message) as raised:
        LabelledGraph.from_csv(path)
    assert str(path) in str(raised.value)


def test_from_networkx():
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", label="x")
    graph.add_edge("a", "b", label="y")
    assert LabelledGraph.from_networkx(graph).edges == [("a", "x", "b"), ("a", "y", "b")]
    both = nx.Graph()
    both.add_node(7, pos=(0, 0))
    both.add_edge(7, 8, way=3)
    both.nodes[8]["pos"] = (0, 2)
    graph = LabelledGraph.from_networkx(both, label="way")
    assert graph.edges == [(7, 3, 8), (8, 3, 7)]
    assert np.array_equal(graph.positions, [[0.5, 0], [0.5, 1]])
    with pytest.raises(ValueError, match="no such attribute"):
        LabelledGraph.from_networkx(both)


def test_as_graph(tmp_path):
    graph = LabelledGraph([("a", "x", "b")])
    assert as_graph(graph) is graph
    assert as_graph(nx.DiGraph([("a", "b", {"label": 1})])).edges == [("a", 1, "b")]
    with pytest.raises(FileNotFoundError):
        as_graph(tmp_path / "none.csv")
    with pytest.raises(TypeError, match="graph has type int"):
        as_graph(3)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,1,b,0,0,7\n", "line 2: has more cells than the header"),
        ("a,1,b,0\n", "line 2: has fewer cells than the header"),
        ("a,1,b\n", "line 2: has fewer cells than the header"),
        ("a,1,b,0,\n", "line 2: '' is no number"),
        ("a,1,b,0,x\n", "line 2: 'x' is no number"),
        ("a,1,b,0,nan\n", "line 2: 'nan' is not finite"),
        ("a,1,b,-1e309,0\n", "line 2: '-1e309' is not finite"),
        ("\na,1,b,0,0\n\n\nb,,a,0,0\n", "line 6: label is empty"),
        ('"a\nc",1,b,0,0\nb,1,"a\nc",0,x\n', "line 5: 'x' is no number"),
        ("a,1,b,0,0\na,2,b,1,0\n", "line 3: 'a' is at another place"),
        ('a,1,"b,0,0\n', "unexpected end"),
    ],
)
def test_damaged_rows_are_told(tmp_path, rows, said):
    (tmp_path / "g.csv").write_text("from,label,to,x,y\n" + rows)
    with pytest.raises(ValueError, match=said):
        LabelledGraph.from_csv(tmp_path / "g.csv")
