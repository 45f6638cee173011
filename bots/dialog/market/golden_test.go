package market_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk/talktest"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

var update = flag.Bool("update", false, "write the golden files")

// TestScreens walks through every screen in every language and compares what is shown with testdata.
func TestScreens(t *testing.T) { golden(t, "", segmentScenes) }

// golden plays scenes in every language and compares what is shown with the files of testdata that begin with a name.
func golden(t *testing.T, name string, play func(c *chat, scene func(string))) {
	for _, l := range locales.Languages() {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			c := newChat(t, l)
			var got strings.Builder
			play(c, func(title string) { got.WriteString("=== " + title + "\n" + c.shows() + "\n\n") })
			talktest.Golden(t, filepath.Join("testdata", name+string(l)+".golden"), got.String(), *update)
		})
	}
}

// spoken is a sentence in the person's language.
func (c *chat) spoken(text string) string {
	c.t.Helper()
	x, err := segment.Parse(text, segment.Grammar{})
	if err != nil {
		c.t.Fatal(err)
	}
	w := words.Words{P: c.catalog.Printer(c.language), Catalog: c.catalog, Program: c.program, Now: c.clock}
	return w.SegmentSentence(x, nil)
}

func segmentScenes(c *chat, scene func(string)) {
	c.start()
	scene("a marketer begins")
	c.press("list")
	scene("no segments yet")
	c.press("ready")
	scene("the ready-made ones")
	c.press("seg|ready:sleeping")
	scene("a ready-made one")
	c.press("ready")
	c.press("seg|ready:unhappy")
	scene("nobody")
	c.press("save|ready:unhappy")
	scene("a name for a ready-made one")
	c.press("name")
	scene("saved")
	unhappy := c.own()[0].ID
	c.press("list")
	c.press("write")
	scene("a sentence")
	c.press("facts")
	scene("what can be asked")
	c.press("again")
	c.types("vizits >= 3")
	scene("a misspelt sentence")
	c.types(c.spoken(`not in("Nobody knows")`))
	scene("an unknown name")
	c.types("")
	scene("a sticker")
	c.types(c.spoken("(visits(90d) >= 3 or tag = vip) and joined > 30d"))
	scene("a right sentence")
	c.press("count")
	scene("counted again")
	c.types(c.spoken("visits(90d) >= 3") + " (")
	scene("another sentence, with a mistake")
	c.press("save")
	scene("a name")
	c.types(" ")
	scene("no name")
	c.types(c.own()[0].Name)
	scene("a name taken")
	c.types(strings.Repeat("я", 61))
	scene("a name too long")
	c.types("Ядро")
	scene("saved under a name")
	core := c.id("Ядро")
	c.press("keep|" + core)
	scene("kept as they are now")
	c.press("name")
	scene("a frozen segment")
	c.press("list")
	scene("segments")
	c.press("seg|" + core)
	c.press("rename")
	scene("another name")
	c.press("seg")
	c.press("write")
	scene("another sentence")
	c.types(c.spoken("tag = vip"))
	scene("a change")
	c.press("save")
	c.press("without|" + core)
	scene("but not")
	c.press("picks")
	scene("but not a ready-made one")
	c.press("take|ready:birthday")
	scene("narrowed")
	c.press("with")
	scene("and also")
	c.press("agreed")
	scene("narrowed twice")
	c.press("with")
	c.types(c.spoken("visits = 1"))
	scene("a sentence to narrow by")
	c.press("take")
	scene("narrowed by a sentence")
	c.press("save")
	c.types("Вузько")
	c.press("list")
	c.press("seg|" + core)
	c.press("delete")
	scene("delete?")
	c.press("deleted")
	scene("a segment that another asks about")
	c.pressID("v1|market|delete|" + unhappy)
	c.press("deleted")
	scene("deleted")
	for _, m := range c.said {
		if m.Slot != bots.SlotScreen {
			c.t.Error("not on the screen")
		}
	}
}

// id finds a segment by its name.
func (c *chat) id(name string) string {
	c.t.Helper()
	for _, s := range c.own() {
		if s.Name == name {
			return s.ID
		}
	}
	c.t.Fatalf("no segment %s", name)
	return ""
}
