package docs_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"kartka/engine/campaign"
	"kartka/locales"
	"kartka/words"
)

// The page on broadcasts lists every placeholder there is, in the order in which they are offered, with what it shows and whether it is known of everybody.
func TestBroadcastPlaceholders(t *testing.T) {
	page, err := os.ReadFile("broadcasts.md")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	w := words.Words{P: catalog.Printer(locales.EN), Catalog: catalog}
	var want strings.Builder
	want.WriteString("|---|---|---|\n")
	for _, f := range campaign.Fields() {
		written, shows := w.CampaignField(f)
		certain := ""
		if f.Certain() {
			certain = "yes "
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s|\n", written, shows, certain)
	}
	want.WriteString("\n")
	if !strings.Contains(string(page), want.String()) {
		t.Errorf("the page lacks this table:\n%s", want.String())
	}
}
