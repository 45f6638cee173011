package storage

import (
	"fmt"
	"strconv"

	"kartka/engine/jsontext"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

// encodeMoves writes the entries of a posting as the column posting.moves keeps them: a list of [lot, points, contra] in their
// order, with "" for the debt in the place of a lot; none are "".
//
//	[["018f0000-0000-7000-8000-000000000001",50,"earn"],["",-20,"debt"]]
func encodeMoves(moves []ledger.Move) string {
	if len(moves) == 0 {
		return ""
	}
	size := 2
	for _, m := range moves {
		size += len(m.LotID) + 24
	}
	b := make([]byte, 0, size)
	for _, m := range moves {
		b = append(b, ",["...)
		b = jsontext.AppendString(b, m.LotID)
		b = append(b, ',')
		b = strconv.AppendInt(b, int64(m.Points), 10)
		b = append(b, ',')
		b = jsontext.AppendString(b, string(m.Contra))
		b = append(b, ']')
	}
	b[0] = '[' // in the place of the first comma
	return string(append(b, ']'))
}

// decodeMoves adds what [encodeMoves] wrote to moves.
func decodeMoves(moves []ledger.Move, text string) ([]ledger.Move, error) {
	c := compact{text: text}
	c.each(func(int) {
		c.must('[')
		lot := c.string()
		c.must(',')
		points := c.number()
		c.must(',')
		contra := c.string()
		c.must(']')
		moves = append(moves, ledger.Move{LotID: lot, Points: money.Points(points), Contra: ledger.Contra(contra)})
	})
	if c.err != nil {
		return nil, fmt.Errorf("decode entries: %w", c.err)
	}
	return moves, nil
}
