package miniapp

import (
	"time"

	"kartka/engine"
)

// proof is what the scanner keeps of having found a guest: whom, by whom, and whether the guest was there with a live code. It is sealed, because
// the page carries it. Its key is that of the one sale that may be made with it, so a proof of presence spends once.
type proof struct {
	Staff   string `json:"s"`
	Member  string `json:"m"`
	Present bool   `json:"p,omitempty"`
	Key     string `json:"k"`
	Until   int64  `json:"u"` // Unix seconds
}

// How long a guest who has been found stays on the scanner, and how long a live code proves that the guest is there.
const (
	proofTime   = 2 * time.Hour
	presentTime = 10 * time.Minute
)

func (a *App) newProof(v *visitor, memberID string, present bool) proof {
	life := proofTime
	if present {
		life = presentTime
	}
	return proof{Staff: v.Staff.ID, Member: memberID, Present: present, Key: a.Engine.NewID(), Until: a.Engine.Now().Add(life).Unix()}
}

// again is a proof for another sale with the same guest, who has to prove anew to be there.
func (a *App) again(v *visitor, memberID string) proof { return a.newProof(v, memberID, false) }

// proofPurpose separates proofs from everything else that is sealed.
const proofPurpose = "scan-proof-v1"

// seal writes a proof as text.
func (f proof) seal(p engine.Program) string {
	text, err := seal(p, proofPurpose, f)
	if err != nil { // of strings and numbers there is none
		return ""
	}
	return text
}

// openProof reads a proof that this member of staff was given. A proof of presence that is too old still finds the guest.
func (a *App) openProof(v *visitor, text string) (proof, error) {
	var f proof
	if unseal(v.Program, proofPurpose, text, &f) != nil || f.Staff != v.Staff.ID {
		return proof{}, errForm
	}
	now := a.Engine.Now()
	if f.Present && f.Until <= now.Unix() {
		f.Present, f.Until = false, f.Until+int64((proofTime-presentTime)/time.Second)
	}
	if f.Until <= now.Unix() {
		return proof{}, errForm
	}
	return f, nil
}
