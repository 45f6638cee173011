package bots

import (
	"errors"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Escape turns any text into Rich that shows exactly that text. NUL characters and invalid UTF-8, which no
// channel and no database accepts, become U+FFFD.
func Escape(s string) Rich {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return Rich(escaper.Replace(s))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\x00", "\uFFFD")

// Plain is what the eye sees of r: the text without its markup. Malformed markup is returned as it stands, for
// then its signs are all there is to see.
func Plain(r Rich) string {
	pieces, err := parseRich(r)
	if err != nil {
		return string(r)
	}
	return plainOf(pieces)
}

// Light renders r for channels whose only markup is *bold*, _italic_ and ~strike~ (Viber, WhatsApp). Marks
// stand directly at the words and never span lines, because the clients show them only so; code is left bare;
// a link is followed by its address in brackets. A literal * in the text is left alone: at worst the client
// makes a word bold.
func Light(r Rich) string { return Render(r, MarkupLight) }

// Render gives r in a channel's native markup: HTML that holds the five tags only, light marks, or nothing
// but the text. In the last two a link is followed by its address, since hiding it would lose it. Malformed
// markup is rendered as the text it is.
func Render(r Rich, m Markup) string {
	pieces := parseOrQuote(r)
	switch m {
	case MarkupHTML:
		return string(joinRich(pieces))
	case MarkupLight:
		return renderMarked(pieces, true)
	default:
		return renderMarked(pieces, false)
	}
}

// Units is the length that a channel with markup m counts for r, in UTF-16 code units: without the markup
// where the channel parses it (HTML), with the marks and addresses where they are part of the text.
func Units(r Rich, m Markup) int {
	if m == MarkupHTML {
		return UTF16Len(Plain(r))
	}
	return UTF16Len(Render(r, m))
}

// UTF16Len is the length of s in UTF-16 code units, the unit most messengers count in.
func UTF16Len(s string) int {
	n := 0
	for _, r := range s {
		n += runeUnits(r)
	}
	return n
}

func runeUnits(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// Validate checks that r uses the five tags only, well nested, with links that open something safe, and with
// every other & < > escaped. It is for tests of catalogues and templates: at run time, malformed text is shown
// as plain text rather than lost.
func Validate(r Rich) error {
	if !utf8.ValidString(string(r)) {
		return errors.New("rich text: invalid UTF-8")
	}
	pieces, err := parseRich(r)
	if err != nil {
		return err
	}
	for _, p := range pieces {
		switch {
		case p.kind == pieceText && strings.ContainsRune(p.text, 0):
			return errors.New("rich text: NUL character")
		case p.loose:
			return fmt.Errorf("rich text: unescaped & or > near %q", p.text)
		case p.kind == pieceOpen && p.tag == "a" && !safeLink(p.href):
			return fmt.Errorf("rich text: link to %q", p.href)
		}
	}
	return nil
}

// safeLink reports whether a link opens a page or an app, and cannot run anything.
func safeLink(href string) bool {
	scheme, rest, ok := strings.Cut(href, ":")
	if !ok || rest == "" || strings.ContainsAny(href, " \t\n\x00") {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "tg", "viber", "whatsapp", "tel", "mailto":
		return true
	}
	return false
}

type pieceKind uint8

const (
	pieceText pieceKind = iota
	pieceOpen
	pieceClose
)

// piece is one token of Rich: a run of unescaped text, or a tag.
type piece struct {
	kind  pieceKind
	text  string // pieceText, unescaped
	tag   string // "b", "i", "s", "code", "a"
	href  string // pieceOpen of "a", unescaped
	loose bool   // pieceText that held a bare & or >
}

// parseOrQuote is parseRich that takes malformed markup for plain text.
func parseOrQuote(r Rich) []piece {
	pieces, err := parseRich(r)
	if err != nil {
		return []piece{{kind: pieceText, text: strings.ToValidUTF8(string(r), "\uFFFD")}}
	}
	return pieces
}

// parseRich reads r. It fails only where the nesting cannot be understood; a bare & or > is taken as itself and
// marked loose, because a translator's slip must not cost a whole message its markup.
func parseRich(r Rich) ([]piece, error) {
	s := string(r)
	var pieces []piece
	var open []string
	for s != "" {
		if s[0] != '<' {
			end := strings.IndexByte(s, '<')
			if end < 0 {
				end = len(s)
			}
			text, loose := unescape(s[:end])
			pieces = append(pieces, piece{kind: pieceText, text: text, loose: loose})
			s = s[end:]
			continue
		}
		end := strings.IndexByte(s, '>')
		if end < 0 {
			return nil, errors.New("rich text: tag without end")
		}
		p, err := parseTag(s[1:end])
		if err != nil {
			return nil, err
		}
		if p.kind == pieceOpen {
			open = append(open, p.tag)
		} else {
			if len(open) == 0 || open[len(open)-1] != p.tag {
				return nil, fmt.Errorf("rich text: </%s> closes nothing", p.tag)
			}
			open = open[:len(open)-1]
		}
		pieces = append(pieces, p)
		s = s[end+1:]
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("rich text: <%s> is not closed", open[len(open)-1])
	}
	return pieces, nil
}

// parseTag reads what stands between < and >.
func parseTag(s string) (piece, error) {
	switch s {
	case "b", "i", "s", "code":
		return piece{kind: pieceOpen, tag: s}, nil
	case "/b", "/i", "/s", "/code", "/a":
		return piece{kind: pieceClose, tag: s[1:]}, nil
	}
	if href, ok := strings.CutPrefix(s, `a href="`); ok {
		href, ok = strings.CutSuffix(href, `"`)
		if ok && !strings.ContainsAny(href, `"<`) {
			href, _ = unescape(href)
			return piece{kind: pieceOpen, tag: "a", href: href}, nil
		}
	}
	return piece{}, fmt.Errorf("rich text: unknown tag <%s>", s)
}

// unescape resolves the four named entities and numeric ones, and reports whether a bare & or > was left.
func unescape(s string) (text string, loose bool) {
	if !strings.ContainsAny(s, "&>") {
		return s, false
	}
	loose = strings.Contains(s, ">")
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "&")
		b.WriteString(before)
		if !found {
			return b.String(), loose
		}
		end := strings.IndexByte(after, ';')
		if end > 0 && isEntity(after[:end]) {
			b.WriteString(html.UnescapeString("&" + after[:end+1]))
			s = after[end+1:]
			continue
		}
		b.WriteByte('&')
		loose = true
		s = after
	}
}

func isEntity(name string) bool {
	switch name {
	case "amp", "lt", "gt", "quot":
		return true
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok || digits == "" || len(digits) > 8 {
		return false
	}
	set := "0123456789"
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, set = hex, "0123456789abcdefABCDEF"
	}
	return digits != "" && strings.Trim(digits, set) == ""
}

func plainOf(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
	}
	return b.String()
}

// joinRich writes pieces back as canonical Rich.
func joinRich(pieces []piece) Rich {
	var b strings.Builder
	for _, p := range pieces {
		switch {
		case p.kind == pieceText:
			b.WriteString(string(Escape(p.text)))
		case p.kind == pieceClose:
			b.WriteString("</" + p.tag + ">")
		case p.tag == "a":
			b.WriteString(`<a href="` + string(Escape(p.href)) + `">`)
		default:
			b.WriteString("<" + p.tag + ">")
		}
	}
	return Rich(b.String())
}

// renderMarked writes pieces as text with light marks, or with none.
func renderMarked(pieces []piece, marks bool) string {
	var b strings.Builder
	var open []piece
	linkFrom := 0
	for _, p := range pieces {
		switch p.kind {
		case pieceText:
			writeMarked(&b, p.text, marksOf(open, marks))
		case pieceOpen:
			if p.tag == "a" {
				linkFrom = b.Len()
			}
			open = append(open, p)
		case pieceClose:
			last := open[len(open)-1]
			open = open[:len(open)-1]
			if last.tag != "a" {
				continue
			}
			switch shown := b.String()[linkFrom:]; {
			case shown == "":
				b.WriteString(last.href)
			case shown != last.href:
				b.WriteString(" (" + last.href + ")")
			}
		}
	}
	return b.String()
}

// marksOf lists the light marks of the open tags, outermost first, each once.
func marksOf(open []piece, marks bool) string {
	set := ""
	for _, p := range open {
		if p.tag == "code" || !marks {
			return ""
		}
		if mark := lightMark(p.tag); !strings.Contains(set, mark) {
			set += mark
		}
	}
	return set
}

func lightMark(tag string) string {
	switch tag {
	case "b":
		return "*"
	case "i":
		return "_"
	case "s":
		return "~"
	}
	return ""
}

// writeMarked puts marks around each line of text, inside its outer spaces: "* bold *" is not bold to a client.
func writeMarked(b *strings.Builder, text, marks string) {
	if marks == "" {
		b.WriteString(text)
		return
	}
	for line := range strings.SplitAfterSeq(text, "\n") {
		core := strings.TrimSpace(line)
		if core == "" {
			b.WriteString(line)
			continue
		}
		at := strings.Index(line, core)
		b.WriteString(line[:at] + marks + core)
		for i := len(marks) - 1; i >= 0; i-- {
			b.WriteByte(marks[i])
		}
		b.WriteString(line[at+len(core):])
	}
}
