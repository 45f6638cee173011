package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Lists that belong to one row and are read with it are kept in a column of that row, as JSON without spaces. They are written and
// read by hand: there is a list in each of the millions of rows that a backtest or a verification reads.

// compact reads such a list. After the first error it reads nothing more.
type compact struct {
	text string
	at   int
	err  error
}

var errCompact = errors.New("the text is not a list of the expected shape")

func (c *compact) fail(err error) {
	if c.err == nil {
		c.err = fmt.Errorf("at byte %d: %w", c.at, err)
	}
}

// is steps behind the byte if it comes next.
func (c *compact) is(b byte) bool {
	if c.err == nil && c.at < len(c.text) && c.text[c.at] == b {
		c.at++
		return true
	}
	return false
}

// must steps behind the byte that has to come next.
func (c *compact) must(b byte) {
	if !c.is(b) {
		c.fail(errCompact)
	}
}

// each calls item with the place of each item of the list that is the whole text, from 1. Nothing is a list without items.
func (c *compact) each(item func(place int)) {
	if c.text == "" {
		return
	}
	c.must('[')
	for place := 1; c.err == nil; place++ {
		item(place)
		if !c.is(',') {
			break
		}
	}
	c.must(']')
	if c.at < len(c.text) {
		c.fail(errCompact)
	}
}

// string reads a string. One without escapes is a part of the text.
func (c *compact) string() string {
	c.must('"')
	if c.err != nil {
		return ""
	}
	begin, escaped := c.at, false
	for ; c.at < len(c.text); c.at++ {
		switch c.text[c.at] {
		case '\\':
			escaped = true
			c.at++
		case '"':
			c.at++
			if !escaped {
				return c.text[begin : c.at-1]
			}
			var s string
			if err := json.Unmarshal([]byte(c.text[begin-1:c.at]), &s); err != nil {
				c.fail(err)
			}
			return s
		}
	}
	c.fail(errCompact)
	return ""
}

// number reads a whole number.
func (c *compact) number() int64 {
	if c.err != nil {
		return 0
	}
	begin := c.at
	for c.at < len(c.text) && (c.text[c.at] == '-' || '0' <= c.text[c.at] && c.text[c.at] <= '9') {
		c.at++
	}
	n, err := strconv.ParseInt(c.text[begin:c.at], 10, 64)
	if err != nil {
		c.fail(err)
	}
	return n
}
