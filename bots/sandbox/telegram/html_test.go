package telegram

import (
	"encoding/json"
	"testing"
)

func TestParseHTML(t *testing.T) {
	for _, c := range []struct{ src, text, entities string }{
		{"plain", "plain", `null`},
		{"a &lt;b&gt; &amp;amp; &quot;q&quot; &#1078; &#x41; &nbsp; & &lt", `a <b> &amp; "q" ж A &nbsp; & <`, `null`},
		{"<b>bold</b> and <i>it<u>al</u>ic</i>", "bold and italic",
			`[{"type":"bold","offset":0,"length":4},{"type":"italic","offset":9,"length":6},{"type":"underline","offset":11,"length":2}]`},
		{"👍🏽<B>😀ї</B>", "👍🏽😀ї", `[{"type":"bold","offset":4,"length":3}]`},
		{`<a href="https://example.com/?a=1&amp;b=2">link</a>`, "link", `[{"type":"text_link","offset":0,"length":4,"url":"https://example.com/?a=1\u0026b=2"}]`},
		{`<a href='example.com'>link</a><a href="javascript:x">no</a>`, "linkno", `[{"type":"text_link","offset":0,"length":4,"url":"http://example.com/"}]`},
		{`<pre><code class="language-go">x := 1</code></pre>`, "x := 1", `[{"type":"pre","offset":0,"length":6,"language":"go"}]`},
		{`<tg-spoiler>s</tg-spoiler><span class="tg-spoiler">t</span>`, "st", `[{"type":"spoiler","offset":0,"length":1},{"type":"spoiler","offset":1,"length":1}]`},
		{`<blockquote expandable>q</blockquote><s></s>`, "q", `[{"type":"expandable_blockquote","offset":0,"length":1}]`},
		{`<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>`, "👍", `[{"type":"custom_emoji","offset":0,"length":2,"custom_emoji_id":"5368324170671202286"}]`},
	} {
		text, entities, err := parseHTML(c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		got, err := json.Marshal(entities)
		if err != nil || text != c.text || string(got) != c.entities {
			t.Errorf("%s:\n got %q %s\nwant %q %s", c.src, text, got, c.text, c.entities)
		}
	}
}

// The sentences are those of tdlib (MessageEntity.cpp, parse_html).
func TestParseHTMLRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"<b>x":                   `Can't find end tag corresponding to start tag "b"`,
		"x <3 you":               "Unsupported start tag \"3\" at byte offset 2",
		"x <":                    "Unclosed start tag at byte offset 2",
		"<h1>x</h1>":             `Unsupported start tag "h1" at byte offset 0`,
		"<b>x</i>":               `Unmatched end tag at byte offset 4, expected "</b>", found "</i>"`,
		"їx</b>":                 "Unexpected end tag at byte offset 3",
		"<b>x</b":                "Unclosed end tag at byte offset 4",
		`<a href="x">y`:          `Can't find end tag corresponding to start tag "a"`,
		`<a href>y</a>`:          `Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0`,
		`<a href="x`:             "Unclosed start tag at byte offset 0",
		`<a href=x;y>z</a>`:      "Unexpected end of name token at byte offset 8",
		`<span>x</span>`:         `Tag "span" must have class "tg-spoiler" at byte offset 0`,
		`<tg-emoji>x</tg-emoji>`: "Invalid custom emoji identifier specified",
	} {
		if text, _, err := parseHTML(src); err == nil || err.Error() != want {
			t.Errorf("%s: got %q, %v, want %s", src, text, err, want)
		}
	}
}

func TestFormatText(t *testing.T) {
	f, err := formatText("  \n <b> /start@kava_bot</b> see https://t.me/kava_bot?start=1, @anna_k #hello  ", "html", "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(f.entities)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"type":"bold","offset":0,"length":15},{"type":"bot_command","offset":0,"length":15},` +
		`{"type":"url","offset":20,"length":29},{"type":"mention","offset":51,"length":7},{"type":"hashtag","offset":59,"length":6}]`
	if f.text != "/start@kava_bot see https://t.me/kava_bot?start=1, @anna_k #hello" || string(got) != want {
		t.Errorf("%q\n got %s\nwant %s", f.text, got, want)
	}
}
