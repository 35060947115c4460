/** What is asked of the first release and of today's; the range is added. */
export const QUESTIONS = [
  "/api/v1/query?metric=bytes",
  "/api/v1/query?metric=packets",
  "/api/v1/query?metric=flows",
  "/api/v1/query?metric=bytes&by=Proto",
  "/api/v1/query?metric=packets&by=ExporterAddr,Domain,Version",
  "/api/v1/query?metric=flows&by=InIf,OutIf,Tos",
  "/api/v1/query?metric=bytes&by=SrcAddr&top=10",
  "/api/v1/query?metric=bytes&by=SrcAddr,DstAddr,SrcPort,DstPort,Proto&top=20",
  "/api/v1/query?metric=bytes&by=Proto&step=60",
  "/api/v1/query?metric=packets&step=3600",
  "/api/v1/query?metric=bytes&by=DstPort&top=5&filter=Proto%20%3D%20tcp%20and%20IpVersion%20%3D%206",
  "/api/v1/flows?limit=1000&filter=DstPort%20%3D%20873",
];
