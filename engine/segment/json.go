package segment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// node is an expression as JSON: exactly one of all, any, not and fact is there.
//
//	{"all": [{"fact": "visits", "days": 90, "op": ">=", "values": [3]}, {"not": {"fact": "clicked", "of": "spring"}}]}
//
// Values of a text are strings, all others whole numbers in the smallest unit.
type node struct {
	All    *[]node           `json:"all,omitempty"`
	Any    *[]node           `json:"any,omitempty"`
	Not    *node             `json:"not,omitempty"`
	Fact   string            `json:"fact,omitempty"`
	Of     string            `json:"of,omitempty"`
	Days   int               `json:"days,omitempty"`
	Op     Op                `json:"op,omitempty"`
	Values []json.RawMessage `json:"values,omitempty"`
}

// Encode writes an expression as JSON.
func Encode(x Expr) (json.RawMessage, error) {
	n, err := nodeOf(x)
	if err != nil {
		return nil, err
	}
	return marshal(n)
}

// marshal leaves < and > as they are: people read it.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode segment: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func nodeOf(x Expr) (node, error) {
	switch x := x.(type) {
	case All:
		parts, err := nodesOf(x)
		return node{All: &parts}, err
	case Any:
		parts, err := nodesOf(x)
		return node{Any: &parts}, err
	case Not:
		part, err := nodeOf(x.X)
		return node{Not: &part}, err
	case Cond:
		n := node{Fact: x.Fact, Of: x.Of, Days: x.Days, Op: x.Op}
		for _, v := range x.Values {
			var raw json.RawMessage
			var err error
			if v.Text != "" {
				raw, err = marshal(v.Text)
			} else {
				raw, err = marshal(v.Number)
			}
			if err != nil {
				return node{}, err
			}
			n.Values = append(n.Values, raw)
		}
		return n, nil
	}
	return node{}, errors.New("encode segment: no expression")
}

func nodesOf(parts []Expr) ([]node, error) {
	out := make([]node, len(parts))
	for i, part := range parts {
		var err error
		if out[i], err = nodeOf(part); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Decode reads JSON as [Encode] writes it, and brings it into the form of [Normal]. What is not known is refused. An error is a *Problem.
func Decode(raw json.RawMessage) (Expr, error) {
	if len(raw) > 4*MaxText {
		return nil, problem(ProblemLong, -1, "", "Max", 4*MaxText)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var n node
	if err := d.Decode(&n); err != nil {
		return nil, problem(ProblemJSON, -1, "")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, problem(ProblemJSON, -1, "")
	}
	x, p := n.expr(0)
	if p != nil {
		return nil, p
	}
	x = Normal(x)
	if p := bounded(x); p != nil {
		return nil, p
	}
	return x, nil
}

func (n *node) expr(deep int) (Expr, *Problem) {
	if deep > 2*MaxDepth {
		return nil, problem(ProblemLong, -1, "", "Max", MaxDepth)
	}
	forms := 0
	for _, there := range []bool{n.All != nil, n.Any != nil, n.Not != nil, n.Fact != ""} {
		if there {
			forms++
		}
	}
	if forms != 1 || n.Fact == "" && (n.Of != "" || n.Days != 0 || n.Op != "" || n.Values != nil) {
		return nil, problem(ProblemJSON, -1, n.Fact)
	}
	switch {
	case n.All != nil:
		parts, p := exprs(*n.All, deep)
		return All(parts), p
	case n.Any != nil:
		parts, p := exprs(*n.Any, deep)
		return Any(parts), p
	case n.Not != nil:
		part, p := n.Not.expr(deep + 1)
		return Not{part}, p
	}
	c := Cond{Fact: n.Fact, Of: n.Of, Days: n.Days, Op: n.Op}
	for _, raw := range n.Values {
		var v Value
		into := any(&v.Number)
		if fact := FactOf(n.Fact); fact != nil && fact.Kind == KindText {
			into = &v.Text
		}
		if err := json.Unmarshal(raw, into); err != nil || bytes.Equal(raw, []byte("null")) {
			return nil, problem(ProblemValue, -1, n.Fact, "Fact", n.Fact)
		}
		c.Values = append(c.Values, v)
	}
	if p := c.check(-1, n.Fact); p != nil {
		return nil, p
	}
	return c, nil
}

func exprs(nodes []node, deep int) ([]Expr, *Problem) {
	out := make([]Expr, len(nodes))
	for i := range nodes {
		var p *Problem
		if out[i], p = nodes[i].expr(deep + 1); p != nil {
			return nil, p
		}
	}
	return out, nil
}
