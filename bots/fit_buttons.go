package bots

import (
	"cmp"
	"slices"
	"strconv"
)

// buttons makes the rows of buttons obey the channel, moving into the text what has no other place.
func (f *fitting) buttons(m *Message) {
	rows := f.sound(m.Buttons)
	if !f.c.AppButton || m.ChatID != "" {
		f.linkApps(rows)
	}
	rows = f.toText(rows, func(b Button) bool {
		return b.URL != "" && !f.c.URLButton || b.Copy != "" && (!f.c.CopyButton || UTF16Len(b.Copy) > f.c.CopyUnits)
	})
	fitted, ok := f.reflow(rows)
	if !ok {
		rows = f.toText(rows, func(b Button) bool { return b.ID == "" })
		fitted, ok = f.reflow(rows)
	}
	if !ok {
		fitted, ok = f.list(rows)
	}
	if !ok {
		f.number(m, rows)
		fitted = nil
	}
	m.Buttons = f.labels(fitted)
}

// sound copies the rows without broken buttons and without empty rows.
func (f *fitting) sound(rows [][]Button) [][]Button {
	var out [][]Button
	for _, row := range rows {
		var kept []Button
		for _, b := range row {
			b.Text = oneLine(b.Text)
			set := 0
			for _, v := range []string{b.ID, b.URL, b.Copy, b.App} {
				if v != "" {
					set++
				}
			}
			switch {
			case b.Text == "" || set != 1:
				f.lose("buttons", "not exactly one of id, url, copy, app")
			case b.URL != "" && !safeLink(b.URL), b.App != "" && !AppLink(b.App):
				f.lose("buttons", "unsafe link")
			case f.c.Buttons+f.c.ListRows > 0 && len(b.ID) > f.c.ButtonIDBytes:
				f.lose("buttons", "id too long")
			default:
				kept = append(kept, b)
			}
		}
		if len(kept) > 0 {
			out = append(out, kept)
		}
	}
	return out
}

// linkApps makes Mini App buttons, in rows of its own, plain links to the same pages: there the person has to say who it is.
func (f *fitting) linkApps(rows [][]Button) {
	for _, row := range rows {
		for i, b := range row {
			if b.App != "" {
				row[i].URL, row[i].App = b.App, ""
				f.lose("app", "opens as a page")
			}
		}
	}
}

// toText moves the buttons that match into lines of text.
func (f *fitting) toText(rows [][]Button, match func(Button) bool) [][]Button {
	var out [][]Button
	for _, row := range rows {
		var kept []Button
		for _, b := range row {
			switch {
			case !match(b):
				kept = append(kept, b)
			case b.URL != "" || b.App != "":
				f.lines = append(f.lines, linkLine(b.Text, cmp.Or(b.URL, b.App)))
				f.lose("links", "link in the text")
			default:
				f.lines = append(f.lines, Escape(b.Text)+": <code>"+Escape(b.Copy)+"</code>")
				f.lose("copy", "text to copy by hand")
			}
		}
		if len(kept) > 0 {
			out = append(out, kept)
		}
	}
	return out
}

// reflow splits rows that are too long; when there are then too many rows it makes all as long as needed, no
// longer, in reading order.
func (f *fitting) reflow(rows [][]Button) ([][]Button, bool) {
	flat := slices.Concat(rows...)
	if len(flat) == 0 {
		return nil, true
	}
	perRow := f.c.ButtonsPerRow
	if len(flat) > min(f.c.Buttons, f.c.ButtonRows*perRow) {
		return nil, false
	}
	var out [][]Button
	for _, row := range rows {
		out = slices.AppendSeq(out, slices.Chunk(row, perRow))
	}
	if len(out) > f.c.ButtonRows {
		out = slices.Collect(slices.Chunk(flat, (len(flat)+f.c.ButtonRows-1)/f.c.ButtonRows))
	}
	if len(out) != len(rows) {
		f.lose("buttons", "regrouped")
	}
	return out, true
}

// list puts one choice in a row, as many as the channel's list holds.
func (f *fitting) list(rows [][]Button) ([][]Button, bool) {
	flat := slices.Concat(rows...)
	if len(flat) == 0 || len(flat) > f.c.ListRows {
		return nil, false
	}
	f.lose("buttons", "shown as a list")
	return slices.Collect(slices.Chunk(flat, 1)), true
}

// number writes the choices above the other lines, so that their numbers stay when lines must go.
func (f *fitting) number(m *Message, rows [][]Button) {
	var lines []Rich
	m.Numbered = nil
	for i, b := range slices.Concat(rows...) {
		lines = append(lines, numberedLine(i+1, b.Text))
		m.Numbered = append(m.Numbered, b.ID)
	}
	f.numbered = len(lines)
	f.lines = append(lines, f.lines...)
	f.lose("buttons", "numbered in the text")
}

// labels shortens labels, and tells apart those that this made alike or that the platform would refuse.
func (f *fitting) labels(rows [][]Button) [][]Button {
	seen := map[string]bool{}
	for _, row := range rows {
		for i := range row {
			label := cutText(row[i].Text, f.c.ButtonUnits)
			short := label != row[i].Text
			if seen[label] && (short || f.c.UniqueLabels) {
				label = distinct(row[i].Text, f.c.ButtonUnits, seen)
				f.lose("labels", "numbered to differ")
			}
			if short {
				f.lose("labels", "shortened")
			}
			seen[label] = true
			row[i].Text = label
		}
	}
	return rows
}

// distinct finds a label within limit that nobody has taken, by a number at its end.
func distinct(label string, limit int, seen map[string]bool) string {
	for n := 2; ; n++ {
		suffix := " " + strconv.Itoa(n)
		if try := cutText(label, limit-len(suffix)) + suffix; !seen[try] {
			return try
		}
	}
}
