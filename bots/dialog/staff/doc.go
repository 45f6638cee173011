// Package staff is the conversation at the counter: find the guest, type the sum, add points or spend them, undo a slip.
//
// The cashier has a queue and wet hands, so the least is asked: a guest found and a sum typed lead to one screen with both choices
// reckoned, and one tap ends the sale. Everything can also be typed in one line. Nobody ever calculates.
//
// A sale moves through steps kept in the session:
//
//	home → who (sum first) → pick (shared phone) → place (not chosen yet) → sale (sum, then the offer) ↔ amount
//	sale → wait (the guest is asked) ↔ code (live code instead) → receipt
//
// What the program offers besides points stands on the same screens, and only where the guest or the program has it: discounts and their
// reasons, stamps, coupons, gifts to hand over, certificates. Beside the sale there are
//
//	sale → why · gift → given · enter ↔ paper (a code of the guest) · more (what managers do: coupons, tiers, tags, corrections,
//	joined cards, returns)
//	sell → selling → given (a certificate is sold) · sell ↔ check (one is looked up)
//
// Buttons of a step carry the mark of the screen they stand on: an older one is answered with the current screen. Buttons on
// receipts and notices carry ids, and the engine decides again whether this person may.
package staff

// Flow is the name of this conversation in sessions and button ids.
const Flow = "staff"

// The other conversations that buttons here lead to.
const (
	guestFlow  = "guest"
	ownerFlow  = "owner"
	marketFlow = "market"
)
