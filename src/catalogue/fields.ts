import * as z from "zod";

// The fields that the Kling pages share. Each `error` says what is legal; `describe` says what it is for,
// and both reach the editor through the JSON Schema and the person through `topsheet models`.

const SECONDS = ["3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"] as const;
const SHOT_SECONDS = ["1", "2", ...SECONDS] as const;
const RATIOS = ["16:9", "9:16", "1:1"] as const;

/** The seconds are sent as text; people write numbers. Either is read, text is sent. */
function seconds<const Choice extends string>(choices: readonly Choice[]) {
  const says = { error: `whole seconds from ${choices[0] ?? ""} to ${choices.at(-1) ?? ""}` };
  return z
    .union([z.enum(choices), z.literal(choices.map(Number))], says)
    .transform(String)
    .pipe(z.enum(choices, says));
}

export const prompt = z
  .string({ error: "text" })
  .describe("What the video shows. Either this or multi_prompt.");

export const duration = seconds(SECONDS).describe("Seconds of video.");

export const aspectRatio = z
  .enum(RATIOS, { error: "16:9, 9:16 or 1:1" })
  .describe("Width to height of the frame.");

export const generateAudio = z
  .boolean({ error: "true or false" })
  .describe("Native audio: speech and sound made with the picture.");

export const multiPrompt = z
  .array(
    z.strictObject(
      {
        prompt: z.string({ error: "text" }).describe("What this shot shows."),
        duration: seconds(SHOT_SECONDS).default("5").describe("Seconds of this shot."),
      },
      { error: "a mapping with a prompt and a duration" },
    ),
    { error: "a list of shots, each with a prompt and a duration" },
  )
  .describe("Several shots in one video, each with its prompt and seconds. Either this or prompt.");

export const shotType = z
  .enum(["customize", "intelligent"], { error: "customize or intelligent" })
  .describe("Who decides the cuts of a multi-shot video: your list, or the model.");

/** The O3 pages give its type as string, with no list of choices. */
export const anyShotType = z
  .string({ error: "text, such as customize" })
  .describe("Who decides the cuts of a multi-shot video: customize is your list.");

export const negativePrompt = z
  .string({ error: "text" })
  .describe("What to keep out of the video.");

const zeroToOne = { error: "a number from 0 to 1" };
export const cfgScale = z
  .number(zeroToOne)
  .min(0, zeroToOne)
  .max(1, zeroToOne)
  .describe("How closely the model keeps to the prompt.");

export const imageUrl = z.string({ error: "the web address of an image" });

export const imageUrls = z
  .array(imageUrl, { error: "a list of web addresses" })
  .describe("Reference images for style, named in the prompt as @Image1, @Image2, …");

export const elements = z
  .array(
    z.strictObject(
      {
        frontal_image_url: imageUrl.describe("The element from the front.").optional(),
        reference_image_urls: imageUrls.describe("One to three more views of it.").optional(),
        video_url: z
          .string({ error: "the web address of a video" })
          .describe("A video of it, in place of images.")
          .optional(),
        voice_id: z.string({ error: "text" }).describe("The voice it speaks with.").optional(),
      },
      { error: "a mapping with images or a video" },
    ),
    { error: "a list of elements" },
  )
  .describe("Characters and objects to keep, named in the prompt as @Element1, @Element2, …");

/** Every field that any model of the catalogue takes. A model's own schema says which ones it has. */
export interface ModelInput {
  readonly prompt?: string | undefined;
  readonly multi_prompt?: z.output<typeof multiPrompt> | undefined;
  readonly duration?: string | undefined;
  readonly aspect_ratio?: string | undefined;
  readonly generate_audio?: boolean | undefined;
  readonly shot_type?: string | undefined;
  readonly negative_prompt?: string | undefined;
  readonly cfg_scale?: number | undefined;
  readonly start_image_url?: string | undefined;
  readonly end_image_url?: string | undefined;
  readonly image_urls?: readonly string[] | undefined;
  readonly elements?: readonly Element[] | undefined;
}

/** A character or object: an image set (frontal and references) or a video. */
export type Element = z.output<typeof elements>[number];
