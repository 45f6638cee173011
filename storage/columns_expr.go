package storage

import (
	"slices"

	"kartka/engine/segment"
)

// inColumnsAll reports whether the columns tell for whom an expression holds: all its conditions, for the database joins what it must be asked about with the
// rest as fast as it lists it.
func inColumnsAll(x segment.Expr) bool {
	switch x := x.(type) {
	case segment.All:
		return !slices.ContainsFunc(x, func(part segment.Expr) bool { return !inColumnsAll(part) })
	case segment.Any:
		return !slices.ContainsFunc(x, func(part segment.Expr) bool { return !inColumnsAll(part) })
	case segment.Not:
		return inColumnsAll(x.X)
	case segment.Cond:
		return inColumns(x)
	}
	return false
}

// members finds the live members of an expression. The columns tell, see [inColumnsAll].
func (c *columns) members(x segment.Expr, today segment.Day, f segment.Fifths) bitset {
	found := c.expr(x, today, f)
	found.And(c.live)
	return found
}

// expr finds the members of an expression, dead or alive. The set is nobody else's.
func (c *columns) expr(x segment.Expr, today segment.Day, f segment.Fifths) bitset {
	found := newBitset(c.size)
	switch x := x.(type) {
	case segment.All:
		found.flip()
		for _, part := range x {
			found.And(c.expr(part, today, f))
		}
	case segment.Any:
		for _, part := range x {
			found.Or(c.expr(part, today, f))
		}
	case segment.Not:
		found = c.expr(x.X, today, f)
		found.flip()
	case segment.Cond:
		found = c.cond(x, today, f)
	}
	return found
}
