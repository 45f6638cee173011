package main

import (
	"slices"
	"testing"

	"kartka/bots"
	"kartka/engine/campaign"
)

// Every channel of the table has a cost that the engine knows, and a session where that is what it costs.
func TestChannels(t *testing.T) {
	all := channels()
	for _, can := range bots.Table() {
		c, known := all[string(can.Channel)]
		if !known || !slices.Contains(campaign.Costs(), c.Cost) || (c.Cost == campaign.CostSession) != (c.Session > 0) {
			t.Errorf("%s: %+v", can.Channel, c)
		}
		if of, ok := bots.CapabilitiesOf(can.Channel); !ok || of != can {
			t.Errorf("%s: %+v", can.Channel, of)
		}
	}
	if len(all) != len(bots.Table()) || all["telegram"].Cost != campaign.CostFree {
		t.Error(all)
	}
}
