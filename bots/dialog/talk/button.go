package talk

import (
	"strings"

	"kartka/bots"
)

// ID makes a button id: "v1|flow|action|arg|mark", at most 64 bytes. arg is an opaque id or a small word; mark ties the button to
// the screen that is current.
func ID(flow, action, arg, mark string) string {
	return strings.TrimRight("v1|"+flow+"|"+action+"|"+arg+"|"+mark, "|")
}

// Pressed is a button id taken apart.
type Pressed struct{ Flow, Action, Arg, Mark string }

// ParseID reads a button id strictly. Anything this program would not have made is refused: ids are what anybody can send.
func ParseID(id string) (Pressed, bool) {
	if len(id) > 64 {
		return Pressed{}, false
	}
	parts := strings.Split(id, "|")
	if len(parts) < 3 || len(parts) > 5 || parts[0] != "v1" {
		return Pressed{}, false
	}
	for _, part := range parts[1:] {
		if strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+") != "" {
			return Pressed{}, false
		}
	}
	for len(parts) < 5 {
		parts = append(parts, "")
	}
	p := Pressed{Flow: parts[1], Action: parts[2], Arg: parts[3], Mark: parts[4]}
	if p.Flow == "" || p.Action == "" || ID(p.Flow, p.Action, p.Arg, p.Mark) != id { // one press has one spelling
		return Pressed{}, false
	}
	return p, true
}

// Button makes a button with an id.
func Button(text, flow, action, arg, mark string) bots.Button {
	return bots.Button{Text: text, ID: ID(flow, action, arg, mark)}
}

// Row puts buttons side by side.
func Row(buttons ...bots.Button) []bots.Button { return buttons }

// Column puts each button in a row of its own.
func Column(buttons ...bots.Button) [][]bots.Button {
	rows := make([][]bots.Button, len(buttons))
	for i, b := range buttons {
		rows[i] = []bots.Button{b}
	}
	return rows
}
