package docs_test

import (
	"os"
	"strings"
	"testing"

	"kartka/engine/campaign"
)

// The page of triggers has every event and every ready-made trigger, and no other.
func TestTriggersPage(t *testing.T) {
	raw, err := os.ReadFile("triggers.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	rows := map[string]bool{}
	for _, line := range strings.Split(page, "\n") {
		if cells := strings.Split(line, "|"); len(cells) > 3 && strings.HasPrefix(strings.TrimSpace(cells[1]), "`") && strings.TrimSpace(cells[1]) != "`on`" {
			part := "event "
			if len(cells) < 6 {
				part = "ready "
			}
			rows[part+strings.Trim(strings.TrimSpace(cells[1]), "`")] = true
		}
	}
	want := map[string]bool{}
	for _, e := range campaign.Events() {
		want["event "+string(e)] = true
	}
	for _, r := range campaign.ReadyTriggers() {
		want["ready "+r.ID] = true
	}
	for row := range want {
		if !rows[row] {
			t.Errorf("%s is missing", row)
		}
	}
	for row := range rows {
		if !want[row] {
			t.Errorf("there is no %s", row)
		}
	}
}
