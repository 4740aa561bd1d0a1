// The functions of these programs run this: it only says what it was sent.
export const handler = async (event) => {
  console.log(JSON.stringify(event));
};
