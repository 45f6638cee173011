package tills

import (
	"kartka/locales"
	"kartka/words"
)

// texts are for whoever stands at a till.
type texts struct{ words.Words }

// texts are in the language that the till asks for, or else in the program's first.
func (a *api) texts(c *caller) texts {
	hints := []string{c.hint}
	if c.program.Settings != nil {
		hints = append(hints, c.program.Settings.Languages...)
	}
	return texts{words.New(a.Catalog, locales.Resolve(hints...), c.program, nil, a.Engine.Now())}
}

// own is a text of the interface.
func (w texts) own(id string, args locales.Args) string { return w.T("till."+id, args) }
