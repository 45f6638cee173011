package main

import (
	"kartka/bots"
	"kartka/engine/campaign"
)

// channels is what the engine knows of channels for messages to many: the rows of the table of capabilities.
func channels() campaign.Channels {
	all := campaign.Channels{}
	for _, can := range bots.Table() {
		all[string(can.Channel)] = campaign.Channel{Cost: campaign.Cost(can.Cost), Session: can.Session}
	}
	return all
}
