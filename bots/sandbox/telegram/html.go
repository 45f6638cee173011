//lint:file-ignore ST1005 These errors are the platform's own words, shown to bots as they are.

package telegram

import (
	"fmt"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// openTag is a tag whose end has not come yet.
type openTag struct {
	name     string
	argument string
	flag     bool // "expandable" of a blockquote
	offset   int  // UTF-16 units
	begin    int  // bytes of the output
}

// parseHTML turns text in the HTML parse mode into plain text and entities. Errors are the sentences the official
// server puts after "can't parse entities: ", with byte offsets into the source.
func parseHTML(src string) (string, []Entity, error) {
	h := htmlParser{src: src}
	for h.i < len(src) {
		switch c := src[h.i]; {
		case c == '&':
			if code, next := htmlEntity(src, h.i); code != 0 {
				h.i = next
				h.write(code)
				continue
			}
			h.i++
			h.write('&')
		case c == '<' && strings.HasPrefix(src[h.i:], "</"):
			if err := h.closeTag(); err != nil {
				return "", nil, err
			}
		case c == '<':
			if err := h.openTag(); err != nil {
				return "", nil, err
			}
		default:
			r, size := utf8.DecodeRuneInString(src[h.i:])
			h.i += size
			h.write(r)
		}
	}
	if n := len(h.open); n > 0 {
		return "", nil, fmt.Errorf("Can't find end tag corresponding to start tag %q", h.open[n-1].name)
	}
	sortEntities(h.entities)
	return h.out.String(), h.entities, nil
}

type htmlParser struct {
	src      string
	i        int
	out      strings.Builder
	units    int
	open     []openTag
	entities []Entity
}

func (h *htmlParser) write(r rune) {
	h.out.WriteRune(r)
	h.units += utf16Len(r)
}

func (h *htmlParser) at(i int) byte {
	if i < len(h.src) {
		return h.src[i]
	}
	return 0
}

var htmlTags = map[string]string{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
	"a": "text_link", "tg-emoji": "custom_emoji", "code": "code", "pre": "pre", "blockquote": "blockquote",
}

func (h *htmlParser) openTag() error {
	begin := h.i
	h.i++
	for h.i < len(h.src) && !isSpace(h.src[h.i]) && h.src[h.i] != '>' {
		h.i++
	}
	if h.i == len(h.src) {
		return fmt.Errorf("Unclosed start tag at byte offset %d", begin)
	}
	tag := openTag{name: strings.ToLower(h.src[begin+1 : h.i]), offset: h.units, begin: h.out.Len()}
	if _, known := htmlTags[tag.name]; !known {
		return fmt.Errorf("Unsupported start tag %q at byte offset %d", tag.name, begin)
	}
	for {
		h.skipSpace()
		if h.at(h.i) == '>' {
			break
		}
		name, value, err := h.attribute(tag.name, begin)
		if err != nil {
			return err
		}
		switch {
		case tag.name == "a" && name == "href", tag.name == "tg-emoji" && name == "emoji-id":
			tag.argument = value
		case tag.name == "code" && name == "class" && strings.HasPrefix(value, "language-"):
			tag.argument = value[len("language-"):]
		case tag.name == "span" && name == "class" && strings.HasPrefix(value, "tg-"):
			tag.argument = value[len("tg-"):]
		case tag.name == "blockquote" && name == "expandable":
			tag.flag = true
		}
	}
	if tag.name == "span" && tag.argument != "spoiler" {
		return fmt.Errorf(`Tag "span" must have class "tg-spoiler" at byte offset %d`, begin)
	}
	h.i++ // the closing bracket
	h.open = append(h.open, tag)
	return nil
}

func (h *htmlParser) attribute(tag string, begin int) (name, value string, err error) {
	start := h.i
	for h.i < len(h.src) && !isSpace(h.src[h.i]) && h.src[h.i] != '=' && h.src[h.i] != '>' {
		h.i++
	}
	name = h.src[start:h.i]
	if name == "" {
		return "", "", fmt.Errorf("Empty attribute name in the tag %q at byte offset %d", tag, begin)
	}
	h.skipSpace()
	if h.at(h.i) != '=' {
		if tag == "blockquote" && name == "expandable" {
			return name, "", nil
		}
		return "", "", fmt.Errorf("Expected equal sign in declaration of an attribute of the tag %q at byte offset %d", tag, begin)
	}
	h.i++
	h.skipSpace()
	if h.i >= len(h.src) {
		return "", "", fmt.Errorf("Unclosed start tag %q at byte offset %d", tag, begin)
	}
	if quote := h.src[h.i]; quote == '"' || quote == '\'' {
		h.i++
		var text strings.Builder
		for h.i < len(h.src) && h.src[h.i] != quote {
			if h.src[h.i] == '&' {
				if code, next := htmlEntity(h.src, h.i); code != 0 {
					text.WriteRune(code)
					h.i = next
					continue
				}
			}
			text.WriteByte(h.src[h.i])
			h.i++
		}
		h.i++
		value = text.String()
	} else {
		start := h.i
		for h.i < len(h.src) && (isAlnum(h.src[h.i]) || h.src[h.i] == '.' || h.src[h.i] == '-') {
			h.i++
		}
		value = strings.ToLower(h.src[start:h.i])
		if c := h.at(h.i); c != 0 && !isSpace(c) && c != '>' {
			return "", "", fmt.Errorf("Unexpected end of name token at byte offset %d", start)
		}
	}
	if h.i >= len(h.src) {
		return "", "", fmt.Errorf("Unclosed start tag at byte offset %d", begin)
	}
	return name, value, nil
}

func (h *htmlParser) closeTag() error {
	begin := h.i
	if len(h.open) == 0 {
		return fmt.Errorf("Unexpected end tag at byte offset %d", begin)
	}
	h.i += 2
	start := h.i
	for h.i < len(h.src) && !isSpace(h.src[h.i]) && h.src[h.i] != '>' {
		h.i++
	}
	name := strings.ToLower(h.src[start:h.i])
	h.skipSpace()
	if h.at(h.i) != '>' {
		return fmt.Errorf("Unclosed end tag at byte offset %d", begin)
	}
	h.i++
	tag := h.open[len(h.open)-1]
	if name != "" && name != tag.name {
		return fmt.Errorf(`Unmatched end tag at byte offset %d, expected "</%s>", found "</%s>"`, begin, tag.name, name)
	}
	h.open = h.open[:len(h.open)-1]
	if h.units == tag.offset {
		return nil
	}
	return h.addEntity(tag)
}

func (h *htmlParser) addEntity(tag openTag) error {
	e := Entity{Type: htmlTags[tag.name], Offset: tag.offset, Length: h.units - tag.offset}
	switch tag.name {
	case "tg-emoji":
		if n, err := strconv.ParseInt(tag.argument, 10, 64); err != nil || n == 0 {
			return fmt.Errorf("Invalid custom emoji identifier specified")
		}
		e.CustomEmojiID = tag.argument
	case "a":
		link := tag.argument
		if link == "" {
			link = h.out.String()[tag.begin:]
		}
		link, ok := checkedLink(link)
		if !ok {
			return nil // the official server drops a bad link and keeps the text
		}
		e.URL = link
	case "blockquote":
		if tag.flag {
			e.Type = "expandable_blockquote"
		}
	case "pre", "code":
		// <pre><code class="language-x"> is one entity.
		if n := len(h.entities); n > 0 {
			inner := &h.entities[n-1]
			if inner.Offset == e.Offset && inner.Length == e.Length && tag.name == "pre" && inner.Type == "code" && inner.Language != "" {
				inner.Type = "pre"
				return nil
			}
		}
		if tag.name == "code" && len(h.open) > 0 && h.open[len(h.open)-1].name == "pre" {
			e.Language = tag.argument
		}
	}
	h.entities = append(h.entities, e)
	return nil
}

func (h *htmlParser) skipSpace() {
	for h.i < len(h.src) && isSpace(h.src[h.i]) {
		h.i++
	}
}

// htmlEntity decodes the reference at src[i], which is an ampersand. It returns 0 for what is not a reference.
func htmlEntity(src string, i int) (code rune, next int) {
	rest := src[i+1:]
	end := 0
	if strings.HasPrefix(rest, "#") {
		digits, base := rest[1:], 10
		if strings.HasPrefix(digits, "x") {
			digits, base = digits[1:], 16
		}
		for end < len(digits) && isDigit(digits[end], base) {
			end++
		}
		n, err := strconv.ParseUint(digits[:end], base, 32)
		if err != nil || n == 0 || n >= 0x10ffff || end > 8 || !utf8.ValidRune(rune(n)) {
			return 0, i
		}
		code, next = rune(n), len(src)-len(digits)+end
	} else {
		for end < len(rest) && (rest[end]|0x20) >= 'a' && (rest[end]|0x20) <= 'z' {
			end++
		}
		switch rest[:end] {
		case "lt":
			code = '<'
		case "gt":
			code = '>'
		case "amp":
			code = '&'
		case "quot":
			code = '"'
		default:
			return 0, i
		}
		next = i + 1 + end
	}
	if next < len(src) && src[next] == ';' {
		next++
	}
	return code, next
}

func checkedLink(link string) (string, bool) {
	if !strings.Contains(link, "://") {
		link = "http://" + link
	}
	u, err := url.Parse(link)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		host := u.Hostname()
		if !strings.Contains(host, ".") && host != "localhost" {
			return "", false
		}
		if u.Path == "" && u.RawQuery == "" && u.Fragment == "" {
			link += "/"
		}
		return link, true
	case "tg", "ton":
		return link, true
	}
	return "", false
}

func sortEntities(entities []Entity) {
	sort.SliceStable(entities, func(i, j int) bool {
		a, b := entities[i], entities[j]
		if a.Offset != b.Offset {
			return a.Offset < b.Offset
		}
		return a.Length > b.Length
	})
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' || c == 0 }

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || (c|0x20) >= 'a' && (c|0x20) <= 'z'
}

func isDigit(c byte, base int) bool {
	return c >= '0' && c <= '9' || base == 16 && (c|0x20) >= 'a' && (c|0x20) <= 'f'
}
