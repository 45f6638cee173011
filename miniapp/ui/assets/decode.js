// What a camera sees, read: QR codes of cards and the barcodes of printed ones. Phones can mostly do it themselves; for the others a decoder is
// loaded that is twenty times as large as everything else here, which is why it is loaded only then.

const FORMATS = ["qr_code", "code_128"];

// The longer side of a picture that is looked at: a code that fills a quarter of it has eight pixels a module, and more only takes time.
const LONGEST = 1280;

// decoder resolves with a function that reads a picture: an ImageBitmap, an HTMLVideoElement or an HTMLCanvasElement. The function resolves with the
// texts of all codes in it, each once; with none where there are none, or where the video has no picture yet. The promise is rejected where
// nothing can be loaded that reads codes; it may then be asked for again.
export async function decoder() {
  const own = await native();
  if (!own) return carried();
  let other = null;
  return async (source) => {
    if (other) return (await other)(source);
    if (!size(source)) return [];
    try {
      return texts(await own.detect(source), (code) => code.rawValue);
    } catch {
      // Some phones say that they can, and then the service that would do it is not there.
      other = carried();
      other.catch(() => { other = null; });
      return (await other)(source);
    }
  };
}

// native is the browser's own decoder, if it reads all that is needed.
async function native() {
  try {
    const can = await BarcodeDetector.getSupportedFormats();
    return FORMATS.every((format) => can.includes(format)) ? new BarcodeDetector({ formats: FORMATS }) : null;
  } catch {
    return null; // there is none
  }
}

let loading = null;

// carried is the decoder that we bring along. It is loaded once, from beside this file: left to itself it would fetch its other half from elsewhere.
async function carried() {
  loading ??= load();
  try {
    return await loading;
  } catch (error) {
    loading = null;
    throw error;
  }
}

async function load() {
  const zxing = await import("./vendor/zxing/reader/index.js");
  const beside = new URL("./vendor/zxing/reader/", import.meta.url);
  await zxing.prepareZXingModule({ overrides: { locateFile: (name) => new URL(name, beside).href }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  return async (source) => {
    const full = size(source);
    if (!full) return [];
    const scale = Math.min(1, LONGEST / Math.max(...full));
    const [width, height] = full.map((side) => Math.max(1, Math.round(side * scale)));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    drawing.drawImage(source, 0, 0, width, height);
    const found = await zxing.readBarcodes(drawing.getImageData(0, 0, width, height),
      { formats: ["QRCode", "Code128"], tryHarder: true, maxNumberOfSymbols: 4 });
    return texts(found.filter((code) => code.isValid), (code) => code.text);
  };
}

// size is the width and height of a picture in its own pixels, null where there is none yet.
function size(source) {
  const of = source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
  return of[0] && of[1] && !(source.readyState < 2) ? of : null;
}

function texts(codes, text) { return [...new Set(codes.map(text))].filter(Boolean); }
