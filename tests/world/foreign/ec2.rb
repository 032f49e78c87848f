# SPDX-License-Identifier: BSD-2-Clause
# EC2 by fog-aws: Query, signature version 4; Host is sent without the port.
require "fog/aws"

ec2 = Fog::AWS::Compute.new(
  aws_access_key_id: ENV.fetch("EC2_ACCESS_KEY"),
  aws_secret_access_key: ENV.fetch("EC2_SECRET_KEY"),
  endpoint: ENV.fetch("EC2_URL"),
  region: "eucalyptus",
  **(ENV["EC2_VERSION"] ? { version: ENV["EC2_VERSION"] } : {})
)

verbs = {
  "zones" => -> { ec2.describe_availability_zones.body["availabilityZoneInfo"].map { |one| one["zoneName"] } },
  "images" => -> { ec2.describe_images.body["imagesSet"].map { |one| one["imageId"] } },
  "create-key" => ->(name) { ec2.create_key_pair(name).body["keyMaterial"] },
  "create-group" => ->(name) { ec2.create_security_group(name, "from Ruby").body["return"] },
  "run" => lambda { |image, key, group|
    made = ec2.run_instances(
      image, 1, 1,
      "KeyName" => key, "SecurityGroup" => group, "InstanceType" => "m1.small",
      "UserData" => "from Ruby, in more than one line of base64: #{'x' * 80}"
    )
    made.body["instancesSet"].first["instanceId"]
  },
  "state" => ->(id) { ec2.servers.get(id).state },
  "console" => ->(id) { ec2.get_console_output(id).body["output"] },
  "reboot" => ->(id) { ec2.reboot_instances(id).body["return"] },
  "terminate" => lambda { |id|
    ec2.terminate_instances(id).body["instancesSet"].first["currentState"]["name"]
  }
}

verb, *words = ARGV
puts verbs.fetch(verb).call(*words)
