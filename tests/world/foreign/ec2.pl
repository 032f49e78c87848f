#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# EC2 by Net::Amazon::EC2. Both signature versions are over the path / and a host without port,
# whatever it posts to; EC2_SIGNATURE says which one to use.
use strict;
use warnings;
use MIME::Base64 qw(decode_base64);
use Net::Amazon::EC2;

my $ec2 = Net::Amazon::EC2->new(
    AWSAccessKeyId    => $ENV{EC2_ACCESS_KEY},
    SecretAccessKey   => $ENV{EC2_SECRET_KEY},
    base_url          => $ENV{EC2_URL},
    region            => "eucalyptus",
    signature_version => $ENV{EC2_SIGNATURE},
    $ENV{EC2_VERSION} ? (version => $ENV{EC2_VERSION}) : (),
);

sub list { my ($set) = @_; return ref $set eq "ARRAY" ? @$set : defined $set ? ($set) : () }

my %verbs = (
    zones  => sub { map { $_->zone_name } list($ec2->describe_availability_zones) },
    images => sub { map { $_->image_id } list($ec2->describe_images) },
    "create-key"   => sub { $ec2->create_key_pair(KeyName => $_[0])->key_material },
    "create-group" => sub {
        $ec2->create_security_group(GroupName => $_[0], GroupDescription => "from Perl");
    },
    run => sub {
        my $made = $ec2->run_instances(
            ImageId => $_[0], MinCount => 1, MaxCount => 1, KeyName => $_[1],
            SecurityGroup => $_[2], InstanceType => "m1.small",
        );
        (list($made->instances_set))[0]->instance_id;
    },
    state => sub {
        my ($found) = list($ec2->describe_instances(InstanceId => $_[0]));
        (list($found->instances_set))[0]->instance_state->name;
    },
    console => sub { $ec2->get_console_output(InstanceId => $_[0])->output // "" },
    reboot  => sub { $ec2->reboot_instances(InstanceId => $_[0]) },
    terminate => sub {
        (list($ec2->terminate_instances(InstanceId => $_[0])))[0]->current_state->name;
    },
);

my ($verb, @words) = @ARGV;
print "$_\n" for $verbs{$verb}->(@words);
