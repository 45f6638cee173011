package engine

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/google/uuid"

	"kartka/engine/campaign"
)

// clickTokenOf tells signatures of clicks from others under the same key.
const clickTokenOf = "click"

const (
	clickPlace   = 8 // bytes of a member's place
	clickSignLen = 8
)

// ClickToken is what a link of a campaign's message carries, so that a click is known to be this person's: 44 characters of base64url. It holds no address: where
// it leads is the campaign's to say. It is "" for a campaign whose id is no UUID.
func ClickToken(program Program, d Delivery, button int) string {
	id, err := rawOf(d.CampaignID)
	if err != nil || button < 0 || button > 255 {
		return ""
	}
	raw := binary.BigEndian.AppendUint64(id[:], uint64(d.No))
	raw = append(raw, byte(button))
	return base64.RawURLEncoding.EncodeToString(append(raw, clickSign(program, raw)...))
}

func clickSign(program Program, raw []byte) []byte {
	return sign(program, clickTokenOf, raw, clickSignLen)
}

// Click notes a click on a link of a campaign and returns where it leads. A token that is none, or of a campaign that is gone, is click_unknown
// (KindNotFound), and so is one of somebody whom the campaign has nothing for.
func (e *Engine) Click(ctx context.Context, programID, token string) (url string, err error) {
	url, d, button, err := e.clicked(ctx, programID, token)
	if err != nil {
		return "", err
	}
	now := e.Now()
	err = e.store.InTx(ctx, func(tx Tx) error { return tx.NotePress(ctx, d, button, false, now) })
	if err != nil {
		return "", fmt.Errorf("note click: %w", err)
	}
	return url, nil
}

// ClickLeads is where [Engine.Click] leads, for whoever only looks: nothing is counted.
func (e *Engine) ClickLeads(ctx context.Context, programID, token string) (url string, err error) {
	url, _, _, err = e.clicked(ctx, programID, token)
	return url, err
}

// clicked reads a token: where it leads, and whose click it is.
func (e *Engine) clicked(ctx context.Context, programID, token string) (url string, d Delivery, button int, err error) {
	unknown := fail(KindNotFound, "click_unknown")
	program, err := e.Program(ctx, programID)
	if err != nil {
		return "", d, 0, err
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	const body = rawID + clickPlace + 1
	if err != nil || len(raw) != body+clickSignLen || !hmac.Equal(raw[body:], clickSign(program, raw[:body])) {
		return "", d, 0, unknown
	}
	no, button := int64(binary.BigEndian.Uint64(raw[rawID:])), int(raw[body-1])
	c, err := e.store.Campaign(ctx, programID, idLetters.EncodeToString(raw[:rawID]))
	if IsKind(err, KindNotFound) { // its id may be written as usual
		c, err = e.store.Campaign(ctx, programID, uuid.UUID(raw[:rawID]).String())
	}
	switch {
	case IsKind(err, KindNotFound):
		return "", d, 0, unknown
	case err != nil:
		return "", d, 0, fmt.Errorf("read campaign: %w", err)
	}
	d, err = e.store.DeliveryAt(ctx, programID, c.ID, no)
	switch {
	case IsKind(err, KindNotFound):
		return "", d, 0, unknown
	case err != nil:
		return "", d, 0, fmt.Errorf("read delivery: %w", err)
	}
	if c.buttonKind(d.Variant, button) != campaign.ButtonLink {
		return "", d, 0, unknown
	}
	return c.Plan.Variants[d.Variant].Buttons[button].URL, d, button, nil
}

// CampaignPress is a pressed button of a campaign's message.
type CampaignPress struct {
	Kind   campaign.ButtonKind
	Coupon string // of ButtonCoupon: what was given, "" when nothing was
	Sale   string // of ButtonRate: the last purchase, "" when there is none
}

// PressCampaign notes that a member has pressed a button of a campaign's message and says what it is for. One that the member never got is
// campaign_not_found (KindNotFound).
func (e *Engine) PressCampaign(ctx context.Context, programID, campaignID, memberID string, button int) (CampaignPress, error) {
	c, err := e.Campaign(ctx, programID, campaignID)
	if err != nil {
		return CampaignPress{}, err
	}
	d, err := e.store.DeliveryOf(ctx, programID, campaignID, memberID)
	if IsKind(err, KindNotFound) {
		return CampaignPress{}, fail(KindNotFound, "campaign_not_found")
	}
	if err != nil {
		return CampaignPress{}, fmt.Errorf("read delivery: %w", err)
	}
	press := CampaignPress{Kind: c.buttonKind(d.Variant, button)}
	if press.Kind == "" {
		return CampaignPress{}, fail(KindNotFound, "campaign_not_found")
	}
	now := e.Now()
	err = e.store.InTx(ctx, func(tx Tx) error { return tx.NotePress(ctx, d, button, press.Kind == campaign.ButtonStop, now) })
	if err != nil {
		return CampaignPress{}, fmt.Errorf("note press: %w", err)
	}
	switch press.Kind {
	case campaign.ButtonCoupon:
		press.Coupon, err = e.givenCoupon(ctx, d)
	case campaign.ButtonRate:
		press.Sale, err = e.lastPurchase(ctx, programID, memberID)
	}
	return press, err
}

func (e *Engine) givenCoupon(ctx context.Context, d Delivery) (string, error) {
	if d.Gift == "" {
		return "", nil
	}
	p, err := e.store.Posting(ctx, d.ProgramID, d.Gift)
	if err != nil {
		return "", fmt.Errorf("read posting of gift: %w", err)
	}
	told, err := p.Told()
	if err != nil || len(told.Coupons) == 0 {
		return "", err
	}
	return told.Coupons[0], nil
}

// lastPurchase is the newest sale on a card, "" when there is none.
func (e *Engine) lastPurchase(ctx context.Context, programID, memberID string) (string, error) {
	member, err := e.store.Member(ctx, programID, memberID)
	if err != nil {
		return "", fmt.Errorf("read member: %w", err)
	}
	items, err := e.store.History(ctx, programID, member.AccountID, "", lastPostings)
	if err != nil {
		return "", fmt.Errorf("read history: %w", err)
	}
	for _, item := range items {
		if item.Posting.SaleID != "" && item.Posting.MemberID == memberID && item.Posting.ReversesID == "" {
			return item.Posting.SaleID, nil
		}
	}
	return "", nil
}

// lastPostings is how far back a purchase is looked for that somebody is asked about.
const lastPostings = 20

// buttonKind is what a button of a variant does, "" when there is none.
func (c *Campaign) buttonKind(variant, button int) campaign.ButtonKind {
	if variant < 0 || variant >= len(c.Plan.Variants) {
		return ""
	}
	buttons := c.Plan.Variants[variant].Buttons
	if button < 0 || button >= len(buttons) {
		return ""
	}
	return buttons[button].Kind
}
