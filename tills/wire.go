package tills

import "encoding/json"

// What tills send. What must be there is a pointer where nothing and zero differ.

type identifier struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type resolveRequest struct {
	Identifier *identifier `json:"identifier"`
}

type lineRequest struct {
	LineID   string `json:"line_id"`
	SKU      string `json:"sku,omitempty"`
	Name     string `json:"name,omitempty"`
	Category string `json:"category,omitempty"`
	Qty      *int64 `json:"qty"`
	Net      *int64 `json:"net"`
	Kind     string `json:"kind,omitempty"`
	NoEarn   bool   `json:"no_earn,omitempty"`
	NoRedeem bool   `json:"no_redeem,omitempty"`
}

type tenderRequest struct {
	Kind   string `json:"kind"`
	Amount *int64 `json:"amount"`
}

type basketRequest struct {
	Currency string        `json:"currency"`
	Lines    []lineRequest `json:"lines"`
	Total    *int64        `json:"total"`
}

type quoteRequest struct {
	CustomerID string         `json:"customer_id"`
	Basket     *basketRequest `json:"basket"`
	WantRedeem int64          `json:"want_redeem"`
	At         string         `json:"at"`
}

type saleRequest struct {
	ReceiptNo    string      `json:"receipt_no"`
	BusinessDate string      `json:"business_date"`
	OccurredAt   string      `json:"occurred_at"`
	CustomerID   string      `json:"customer_id,omitempty"`
	Identifier   *identifier `json:"identifier,omitempty"`
	// These three are a basketRequest; embedded, errors of the decoder would name it.
	Currency           string          `json:"currency"`
	Lines              []lineRequest   `json:"lines"`
	Total              *int64          `json:"total"`
	Tenders            []tenderRequest `json:"tenders"`
	POSProgrammePoints int64           `json:"pos_programme_points,omitempty"`
}

type returnedLine struct {
	LineID string `json:"line_id"`
	Qty    *int64 `json:"qty"`
}

type refundRequest struct {
	Lines  []returnedLine `json:"lines"`
	Amount *int64         `json:"amount"`
	DryRun bool           `json:"dry_run"`
}

type batchRequest struct {
	SentAt string      `json:"sent_at"`
	Items  []batchItem `json:"items"`
}

type batchItem struct {
	Seq            int64           `json:"seq"`
	IdempotencyKey string          `json:"idempotency_key"`
	Op             string          `json:"op"`
	Target         string          `json:"target"`
	Body           json.RawMessage `json:"body"`
}

// What tills get.

type helloResult struct {
	ServerTime       string   `json:"server_time"`
	Programme        string   `json:"programme"`
	ProgrammeVersion int64    `json:"programme_version"`
	StoreID          string   `json:"store_id"`
	StoreName        string   `json:"store_name"`
	TillID           string   `json:"till_id"`
	Currency         string   `json:"currency"`
	CurrencyExponent int      `json:"currency_exponent"`
	PointsDecimals   int      `json:"points_decimals"`
	PointsStepWorth  int64    `json:"points_step_worth"`
	Timezone         string   `json:"timezone"`
	BusinessDayStart string   `json:"business_day_start"`
	BatchItems       int      `json:"batch_items"`
	Features         []string `json:"features"`
}

type tierResult struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type customerResult struct {
	ID           string      `json:"id"`
	DisplayName  string      `json:"display_name"`
	PhoneMasked  string      `json:"phone_masked,omitempty"`
	NumericAlias string      `json:"numeric_alias,omitempty"`
	Assurance    string      `json:"assurance"`
	Tier         *tierResult `json:"tier,omitempty"`
	Blocked      bool        `json:"blocked"`
}

type expiringResult struct {
	Points int64  `json:"points"`
	At     string `json:"at"`
}

type balanceResult struct {
	Available  int64            `json:"available"`
	Held       int64            `json:"held"`
	Pending    int64            `json:"pending"`
	Debt       int64            `json:"debt"`
	MoneyValue int64            `json:"money_value"`
	Expiring   []expiringResult `json:"expiring,omitempty"`
}

type resolveResult struct {
	Customer          customerResult `json:"customer"`
	Balance           balanceResult  `json:"balance"`
	RedeemAllowed     bool           `json:"redeem_allowed"`
	RedeemBlockReason string         `json:"redeem_block_reason,omitempty"`
}

type effectResult struct {
	Rule       string `json:"rule"`
	Status     string `json:"status"`
	ReasonCode string `json:"reason_code"`
	Name       string `json:"name,omitempty"`
	Points     int64  `json:"points,omitempty"`
	Amount     int64  `json:"amount,omitempty"`
}

type quoteResult struct {
	ProgrammeVersion int64          `json:"programme_version"`
	Total            int64          `json:"total"`
	DiscountTotal    int64          `json:"discount_total"`
	Redeem           int64          `json:"redeem"`
	RedeemAmount     int64          `json:"redeem_amount"`
	Payable          int64          `json:"payable"`
	Earn             int64          `json:"earn"`
	RedeemMaxPoints  int64          `json:"redeem_max_points"`
	RedeemMaxAmount  int64          `json:"redeem_max_amount"`
	EarnIfRedeemMax  int64          `json:"earn_if_redeem_max"`
	PayableMin       int64          `json:"payable_min"`
	Effects          []effectResult `json:"effects"`
}

type issueResult struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type saleResult struct {
	SaleID     string         `json:"sale_id"`
	Status     string         `json:"status"`
	Duplicate  bool           `json:"duplicate"`
	CustomerID string         `json:"customer_id,omitempty"`
	Total      int64          `json:"total"`
	Discount   int64          `json:"discount"`
	Earned     int64          `json:"earned"`
	Redeemed   int64          `json:"redeemed"`
	Balance    *balanceResult `json:"balance,omitempty"`
	RatingURL  string         `json:"rating_url,omitempty"`
	Issues     []issueResult  `json:"issues,omitempty"`
}

type saleRecord struct {
	SaleID       string `json:"sale_id"`
	StoreID      string `json:"store_id"`
	TillID       string `json:"till_id"`
	BusinessDate string `json:"business_date"`
	ReceiptNo    string `json:"receipt_no"`
	OccurredAt   string `json:"occurred_at"`
	Revision     int    `json:"revision"`
	CustomerID   string `json:"customer_id,omitempty"`
	Currency     string `json:"currency"`
	Total        int64  `json:"total"`
	Discount     int64  `json:"discount"`
	Earned       int64  `json:"earned"`
	Redeemed     int64  `json:"redeemed"`
	Returned     int64  `json:"returned"`
}

type salesFound struct {
	Items []saleRecord `json:"items"`
}

type refundResult struct {
	RefundID         string         `json:"refund_id,omitempty"`
	Status           string         `json:"status"`
	SaleID           string         `json:"sale_id,omitempty"`
	Duplicate        bool           `json:"duplicate"`
	EarnedReversed   int64          `json:"earned_reversed"`
	RedeemedRestored int64          `json:"redeemed_restored"`
	MoneyBack        int64          `json:"money_back"`
	WrittenOff       int64          `json:"written_off"`
	Balance          *balanceResult `json:"balance,omitempty"`
}

type itemResult struct {
	Seq    int64 `json:"seq"`
	Status int   `json:"status"`
	Body   any   `json:"body"`
}

type batchResult struct {
	Results []itemResult `json:"results"`
}

// count is how many items came to each status.
func (b *batchResult) count() map[int]int {
	n := map[int]int{}
	for _, r := range b.Results {
		n[r.Status]++
	}
	return n
}
