package sandbox

import (
	"regexp"
	"testing"
)

// Every text the page and its script ask for is there, and none is left over.
func TestPhrasesAreComplete(t *testing.T) {
	used := map[string]bool{}
	for name, pattern := range map[string]string{"web/page.html": `\{\{t "(\w+)"\}\}`, "web/sandbox.js": `words\.(\w+)`, "web/app.js": `words\.(\w+)`} {
		data, err := web.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(data, -1) {
			used[string(m[1])] = true
		}
	}
	for key := range used {
		if phrases[key] == "" {
			t.Errorf("the page asks for %q, which is not there", key)
		}
	}
	for key := range phrases {
		if !used[key] && key != "intro" && key != "person" && key != "api_about" && key[:min(len(key), 4)] != "api_" {
			t.Errorf("nobody uses %q", key)
		}
	}
}
