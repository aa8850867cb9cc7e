export const STUB = {
  name: "stub",
  addresses: ["https://stub.example/"],
  page: "https://stub.example/models/",
  requests: "the requests at stub.example",
  charges: "the invoices of stub.example",
  secrets: ["STUB_KEY"],
} as const;
