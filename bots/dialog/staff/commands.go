package staff

import "kartka/bots/dialog/talk"

const (
	cmdAccrue = "accrue"
	cmdRedeem = "redeem"
)

// Commands lists the commands of the counter in the order of the menu.
func Commands() []talk.Command {
	return talk.Menu("staff.cmd.",
		talk.Command{Name: cmdAccrue, May: talk.View.AtCounter, Handle: accrue},
		talk.Command{Name: cmdRedeem, May: talk.View.AtCounter, Handle: redeem},
		talk.Command{Name: "certificate", May: sellsCertificates, Handle: certificate},
		talk.Command{Name: "today", May: talk.View.AtCounter, Handle: today},
		talk.Command{Name: "undo", May: talk.View.AtCounter, Handle: undoLast},
		talk.Command{Name: "location", May: talk.View.AtCounter, Handle: func(v talk.View) talk.Output { return choosePlace(v, fresh(v), note{}) }},
		talk.Command{Name: "scanner", May: scansInBrowser, Handle: browser},
		talk.Command{Name: "counter", May: talk.View.AtCounter, Handle: Home},
	)
}

// fresh begins a new sale.
func fresh(v talk.View) counter { return onCounter(v).cleared() }
